#' Real data sets, checked and ready to fit
#'
#' `deep_data("adult")` gives a data set as tables that can go straight into
#' [deep_mlp()]: columns named, missing values `NA`, categories factors with the
#' same levels in training and test rows. `deep_data()` lists what there is.
#'
#' @section Where a file comes from:
#' The first place that has it is used:
#' 1. the folder named by the environment variable `DEEPLY_DATA_DIR`, for work
#'    without a network. A data set has its own folder there, with its files
#'    as they are upstream or compressed by gzip: `adult/adult.data` and
#'    `adult/adult.test`, `penguins/penguins.csv`,
#'    `wisconsin_breast_cancer/breast-cancer-wisconsin.data`;
#' 2. the cache, `tools::R_user_dir("deeply", "cache")`;
#' 3. an installed R package that carries it: palmerpenguins, mlbench;
#' 4. a download from its official address into the cache, with your consent.
#'
#' A file from any of these places is compared with the known SHA-256 checksum
#' of its unpacked bytes before it is read. A download gets its name only once
#' the checksum holds, so a broken one leaves nothing behind.
#'
#' @section The data sets:
#' **adult**, whether a person of the 1994 US census earns over 50,000 USD a
#' year. `$train` has 32,561 rows and `$test` 16,281, the original split, with
#' 15 columns: `age` (years), `workclass`, `fnlwgt` (how many people the row
#' stands for), `education`, `education_num` (1 to 16), `marital_status`,
#' `occupation`, `relationship`, `race`, `sex`, `capital_gain` and
#' `capital_loss` (USD), `hours_per_week`, `native_country` and `income` (factor
#' `<=50K`, `>50K`; 24.1 % and 23.6 % over). `NA` in train and test: `workclass`
#' 1,836 and 963, `occupation` 1,843 and 966, `native_country` 583 and 274.
#'
#' **penguins**, three species of Antarctic penguins. `$data` has 344 rows and 8
#' columns: `species`, `island`, `bill_length_mm`, `bill_depth_mm`,
#' `flipper_length_mm`, `body_mass_g`, `sex` and `year`. `NA`: 2 in each of the
#' four measures, 11 in `sex`.
#'
#' **wisconsin**, benign and malignant breast tumours. `$data` has 699 rows and
#' 11 columns: `id` (a number of the sample, not a measure; some occur more than
#' once), nine scores from 1 to 10 (`clump_thickness`, `cell_size`,
#' `cell_shape`, `adhesion`, `epithelial_size`, `bare_nuclei`,
#' `bland_chromatin`, `normal_nucleoli`, `mitoses`) and `class` (factor
#' `benign` 458, `malignant` 241). `NA`: 16 in `bare_nuclei`.
#'
#' @param name Name of a data set. Without it, the data sets are listed.
#' @param consent May a file be downloaded? `TRUE` or `FALSE`. `NULL`, the
#'   default, takes the option `deeply.consent`; where that is not set an
#'   interactive session asks and any other session stops with an error.
#'
#' @return A list of data.tables: `$train` and `$test` where the source splits
#'   its rows, else `$data` alone. The attribute `"source"` is a list of
#'   `title`, `citation`, `licence` and `read_from` (one string a file).
#'   Without `name`, a data.table with one row a data set: `name`, `title`,
#'   `rows`, `columns`, `licence` and `from`, the place it would come from now.
#'
#' @source
#' adult: Becker, B. & Kohavi, R. (1996). Adult. UCI Machine Learning
#' Repository. \doi{10.24432/C5XW20}. CC BY 4.0.
#'
#' penguins: Gorman, K. B., Williams, T. D. & Fraser, W. R. (2014). PLoS ONE
#' 9(3): e90081. Horst, A. M., Hill, A. P. & Gorman, K. B. (2020).
#' palmerpenguins. \doi{10.5281/zenodo.3960218}. CC0.
#'
#' wisconsin: Wolberg, W. H. & Mangasarian, O. L. (1990). PNAS 87, 9193-9196.
#' UCI Machine Learning Repository. \doi{10.24432/C5HP4Z}. CC BY 4.0.
#'
#' @examples
#' deep_data()
#' @examplesIf requireNamespace("palmerpenguins", quietly = TRUE)
#' penguins <- deep_data("penguins")
#' penguins$data
#' attr(penguins, "source")$citation
#' @export
deep_data <- function(name, consent = NULL) {
  if (missing(name)) {
    return(list_data_sets())
  }
  fetch_data_set(name, consent, call = rlang::current_env())
}

# deep_data() with what only tests need: another server, another way to ask,
# other data sets.
fetch_data_set <- function(name, consent = NULL, base_url = NULL,
                           ask = ask_consent, sources = data_sources(),
                           call = rlang::caller_env()) {
  check_flag(consent, null = TRUE, call = call)
  entry <- find_data_set(name, sources, call)
  found <- locate_files(entry, data_homes())

  # What is here already is checked before anything is asked or downloaded.
  absent <- vapply(found, is.null, logical(1))
  for (i in which(!absent)) {
    check_file(entry$files[[i]], found[[i]], call)
  }
  if (any(absent)) {
    require_consent(entry, entry$files[absent], consent, ask, call)
    found[absent] <- lapply(
      entry$files[absent], download_data_file,
      base_url = base_url, call = call
    )
  }

  data <- entry$read(vapply(found, `[[`, character(1), "path"))
  attr(data, "source") <- list(
    title = entry$title,
    citation = entry$citation,
    licence = entry$licence,
    read_from = vapply(found, `[[`, character(1), "shown")
  )
  data
}

list_data_sets <- function() {
  homes <- data_homes()
  rows <- lapply(data_sources(), function(entry) {
    found <- locate_files(entry, homes)
    from <- vapply(found, function(x) x$from %||% "download", character(1))
    data.table(
      name = entry$name, title = entry$title, rows = entry$rows,
      columns = entry$columns, licence = entry$licence,
      from = paste(unique(from), collapse = ", ")
    )
  })
  data.table::rbindlist(unname(rows))
}

find_data_set <- function(name, sources, call) {
  if (!rlang::is_string(name)) {
    abort_argument("name", name, "the name of one data set", call)
  }
  if (!name %in% names(sources)) {
    near <- nearest_data_sets(name, sources)
    deeply_abort(c(
      "There is no data set {.val {name}}.",
      "i" = if (length(near)) "Did you mean {.or {.val {near}}}?",
      "i" = "The data sets are {.val {names(sources)}}."
    ), class = c("data_unknown", "data"), call = call)
  }
  sources[[name]]
}

# Near in spelling, or what the title calls it ("breast_cancer").
nearest_data_sets <- function(name, sources) {
  if (!nzchar(name)) {
    return(character())
  }
  known <- names(sources)
  steps <- utils::adist(name, known, ignore.case = TRUE)[1, ]
  titles <- tolower(vapply(sources, `[[`, character(1), "title"))
  words <- tolower(gsub("[_.-]+", " ", name))
  titled <- nchar(words) > 3 & grepl(words, titles, fixed = TRUE)
  known[(steps <= 3 & steps < nchar(name)) | titled]
}

require_consent <- function(entry, files, consent, ask, call) {
  consent <- consent %||% getOption("deeply.consent")
  if (is.null(consent) && rlang::is_interactive()) {
    consent <- ask(entry, files)
  }
  if (isTRUE(consent)) {
    return(invisible())
  }

  name <- entry$name
  places <- describe_places(entry)
  urls <- unname(vapply(files, `[[`, character(1), "url"))
  folder <- hand_folder(entry)
  size <- format_size(files)
  deeply_abort(c(
    "Data set {.val {name}} is not on this machine, and a download needs your
     consent.",
    "i" = "Looked in {places}.",
    "i" = "It is {size} from {.url {urls}}.",
    "i" = "To download it: {.code deep_data(\"{name}\", consent = TRUE)}, or set
           {.code options(deeply.consent = TRUE)} for every data set.",
    "i" = "Without a network: put {cli::qty(urls)}{?this file/these files} into
           {.path {folder}}."
  ), class = c("data_consent", "data"), call = call)
}

ask_consent <- function(entry, files) {
  urls <- vapply(files, `[[`, character(1), "url")
  title <- paste0(
    "Download ", entry$title, " (", format_size(files), ", ", entry$licence,
    ") from\n", paste0("  ", urls, collapse = "\n"), "\ninto ",
    file.path(data_cache(), entry$folder), "?"
  )
  utils::menu(c("Yes", "No"), title = title) == 1
}
