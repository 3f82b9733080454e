# Fresh R processes beside this one. TensorFlow does not survive a fork, so each
# starts from nothing, loads deeply as this session has it, and takes one job
# after another.

#' Runs jobs in processes of their own
#'
#' @param jobs A list.
#' @param work A function of a job; sent once to each process.
#' @param workers How many processes.
#' @param report A function that is told the number of jobs done.
#' @return Answers in the order of the jobs. The first for which `is_last()` is
#'   true ends the run; what has not been done then is `NULL`. A process that
#'   dies answers with an `error`.
#' @noRd
run_in_workers <- function(jobs, work, workers, report,
                           is_last = function(answer) FALSE,
                           call = rlang::caller_env()) {
  rlang::check_installed("callr", "to run more than one worker.", call = call)
  sessions <- list()
  on.exit(for (session in sessions) session$kill())
  for (i in seq_len(min(workers, length(jobs)))) {
    sessions[[i]] <- start_worker(workers)
    sessions[[i]]$call(set_worker_up, worker_setup())
  }
  answers <- vector("list", length(jobs))
  # What each process is at: 0 while it loads, -1 while it takes the work.
  at <- integer(length(sessions))
  given <- 0
  done <- 0
  while (done < length(jobs)) {
    ready <- callr::poll(sessions, 200)
    for (i in which(vapply(ready, `[[`, "", "process") == "ready")) {
      answer <- worker_answer(sessions[[i]], at[[i]], call)
      if (is.null(answer)) next
      if (at[[i]] > 0) {
        answers[at[[i]]] <- list(answer$result)
        done <- done + 1
        report(done)
        if (is_last(answer$result)) return(answers)
      }
      if (at[[i]] == 0) {
        at[[i]] <- -1L
        sessions[[i]]$call(keep_work, list(set_work, work))
      } else if (given < length(jobs)) {
        at[[i]] <- given <- given + 1L
        sessions[[i]]$call(do_work, list(do_job, jobs[[given]]))
      }
    }
  }
  answers
}

# Each computes on its share of the processors: two that both take all of them
# would wait for each other. data.table counts them with care: half of the
# logical ones, or what the session is limited to.
start_worker <- function(workers) {
  threads <- as.character(max(1L, data.table::getDTthreads() %/% workers))
  names <- c("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS",
             "R_DATATABLE_NUM_THREADS")
  env <- c(callr::rcmd_safe_env(),
           stats::setNames(rep(threads, length(names)), names),
           worker_python())
  callr::r_session$new(callr::r_session_options(
    env = env, supervise = TRUE, libpath = .libPaths()
  ))
}

# The interpreter that this session runs or was told to run.
worker_python <- function() {
  choice <- choose_python()
  if (choice$source %in% c("running", "use_python")) {
    c(RETICULATE_PYTHON = choice$python)
  }
}

# How this session has deeply: installed, or from its source by pkgload.
worker_setup <- function() {
  namespace <- asNamespace("deeply")
  list(
    package = "deeply",
    path = getNamespaceInfo(namespace, "path"),
    source = exists(".__DEVTOOLS__", namespace, inherits = FALSE),
    options = options()[c("deeply.backend", "deeply.consent")]
  )
}

# These three run in the new process, without this package around them.
set_worker_up <- function(package, path, source, options) {
  do.call(base::options, options)
  if (source) {
    utils::getFromNamespace("load_all", "pkgload")(path, quiet = TRUE)
  } else {
    attachNamespace(loadNamespace(package, lib.loc = dirname(path)))
  }
  TRUE
}

keep_work <- function(set_work, work) set_work(work)

do_work <- function(do_job, job) do_job(job)

# And these in its copy of this package.
set_work <- function(work) {
  the$work <- work
  TRUE
}

do_job <- function(job) the$work(job)

#' What a process has to say
#'
#' @return `NULL` if it is not done, or a list of the `result`, which has an
#'   `error` if the process ended.
#' @noRd
worker_answer <- function(session, at, call) {
  answer <- session$read()
  if (is.null(answer) || answer$code == 301L) {
    return(NULL)
  }
  if (is.null(answer$error)) {
    return(list(result = answer$result))
  }
  ended <- rlang::catch_cnd(deeply_abort(
    c(
      if (at > 0) "The R process of this worker ended."
      else "A worker could not be started.",
      i = "If memory is short, try fewer {.arg workers}."
    ),
    class = "worker", parent = answer$error, call = call
  ))
  if (at > 0) list(result = list(error = ended)) else rlang::cnd_signal(ended)
}
