# A table in files that runs in time is validated on its latest rows, as a table
# in memory is.

#' From which time on rows are held out
#'
#' One more pass, over the time and the outcome alone: only rows with an outcome
#' count. The time is found out by the first block.
#'
#' @return `NULL` for a table that does not run in time, else a list of `name`,
#'   `class`, `order` (how text is read) and `cut`, the last time to train on:
#'   exact for up to 100,000 rows, of more by evenly spread ones.
#' @noRd
find_cut <- function(job) {
  share <- job$control$validation
  time <- if (share > 0) file_time(job)
  if (is.null(time)) {
    return(NULL)
  }
  columns <- unique(c(time$name, all.vars(job$blueprint$outcome),
                      names(job$settings$steps$filter)))
  report <- pass_reporter("Looking for the latest rows", job$data$n_rows,
                          job$control)
  pass <- file_pass(job$data, columns, job$call)
  sampler <- new_sampler()
  times <- numeric()
  done <- 0
  while (!is.null(values <- next_block(pass, job$call))) {
    rows <- as_columns(values, pass)
    coming <- block_times(rows, time)[usable_rows(rows, job)$usable]
    coming <- coming[!is.na(coming)]
    take <- advance(sampler, length(coming))
    times <- c(stay(times, take$old), stay(coming, take$new))
    report(done <- done + nrow(rows))
  }
  if (length(unique(times)) < 2) {
    return(NULL)
  }
  parts <- split_in_time(times, c(1 - share, share))
  c(time, list(cut = max(times[parts[[1]]])))
}

file_time <- function(job) {
  readable <- job$data$columns$kind != "unsupported"
  pass <- file_pass(job$data, job$data$columns$name[readable], job$call)
  rows <- as_columns(next_block(pass, job$call), pass)
  close_pass(pass, job$call)
  time <- find_time(rows)
  if (is.null(time)) {
    return(NULL)
  }
  column <- rows[[time$name]]
  is_text <- is.character(column) || is.factor(column)
  list(name = time$name, class = time$class,
       order = if (is_text) parse_times(column)$order)
}

block_times <- function(rows, time) {
  column <- rows[[time$name]]
  if (is.null(time$order)) {
    return(as.numeric(column))
  }
  read_times(as.character(column), time$order, time$class)
}

# A row without a time is trained on.
draw_latest <- function(times, cut, rows) {
  late <- !is.na(times[rows]) & times[rows] > cut
  list(train = rows[!late], validation = rows[late])
}
