#' Real data sets, checked and ready to use
#'
#' `deep_data("adult")` gives a data set as tables that can go straight into
#' [deep_mlp()]: columns named, missing values `NA`, categories factors with the
#' same levels in training and test rows. Pictures come as arrays or as paths of
#' files. `deep_data()` lists what there is.
#'
#' @section Where a file comes from:
#' The first place that has it is used:
#' 1. the folder named by the environment variable `DEEPLY_DATA_DIR`, for work
#'    without a network. A data set has its own folder there, with its files
#'    as they are upstream or compressed by gzip: `adult/adult.data` and
#'    `adult/adult.test`, `mnist/train-images-idx3-ubyte.gz`. Nothing is ever
#'    written into it;
#' 2. the cache, `tools::R_user_dir("deeply", "cache")`;
#' 3. an installed R package that carries it: palmerpenguins, mlbench;
#' 4. a download from its official address into the cache, with your consent.
#'
#' A file from any of these places is compared with the known SHA-256 checksum
#' of its unpacked bytes, or of the archive, before it is read. A download gets
#' its name only once the checksum holds, so a broken one leaves nothing behind.
#' An archive is unpacked once, into the cache, in the same way.
#'
#' Five sets, listed as "by hand", have no official address with the very bytes
#' that are read: steam200k is behind a login, and the archives of faces,
#' hymenoptera, raccoon and membrane were packed for this package. They are read
#' where somebody put them; elsewhere the error says where the originals are.
#'
#' @section Tables:
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
#' **creditcard**, 2,000 of 284,807 card payments, 6 of them frauds, drawn in an
#' unknown way: good to try code on its columns, and for no statistics at all.
#' `$data` has 31 columns: `time` (seconds since the first), `v1` to `v28`
#' (principal components), `amount` (EUR) and `class` (factor `genuine`,
#' `fraud`). No `NA`.
#'
#' **california_housing**, house prices by block group in the 1990 census.
#' `$data` has 20,640 rows and 9 columns, made as scikit-learn makes them:
#' `med_inc` (median income, 10,000 USD), `house_age` (years), `ave_rooms` and
#' `ave_bedrms` (a household), `population`, `ave_occup` (people a household),
#' `latitude`, `longitude` and `med_house_val` (100,000 USD, capped at 5). No
#' `NA`. Download only.
#'
#' **wine_quality**, Portuguese wines tasted by experts. `$data` has 6,497 rows
#' and 13 columns: `colour` (factor `red` 1,599, `white` 4,898), eleven measures
#' of chemistry and `quality` (0 to 10). No `NA`. Download only.
#'
#' @section Series:
#' **london_no2**, nitrogen dioxide beside a road in London in 2018. `$data` has
#' 35,040 rows and the 6 columns of the file, as they are: `Site`, `Species`,
#' `ReadingDateTime` (text, dd/mm/yyyy HH:MM, no time zone stated), `Value`
#' (micrograms a cubic metre; 1,364 `NA`), `Units` and
#' `Provisional or Ratified`. The rows are a quarter of an hour apart and the
#' values are not: each hourly mean is there four times.
#'
#' **stocks**, adjusted daily closing prices (USD). `$data` has 135,663 prices
#' of 19 stocks from 1990 to November 2024, `$spy` 8,017 of a fund that follows
#' the S&P 500 from 1993 on, and `$until_2018` 106,931 of 20 stocks, an older
#' edition with `FB` and `SHLD`. Columns: `date`, `symbol` (factor) and `price`.
#' A stock has no rows before it was listed. No `NA`.
#'
#' @section Interactions:
#' **steam200k**, games bought and played. `$data` has 200,000 rows: `user`,
#' `game`, `behaviour` (factor `purchase` 129,511, `play` 70,489) and `value`
#' (hours of play; 1 for a purchase). 707 rows are exact duplicates. Where they
#' lie beside it, `$plays_test` (2,436 rows) and `$purchases_test` (3,757) have
#' one `user` and `game` a row, held out to compare recommenders: take them away
#' from the data before fitting. No `NA`.
#'
#' **movielens**, the MovieLens 100K ratings of films. `$data` has 100,000 rows:
#' `user`, `movie`, `rating` (1 to 5) and `time`. `$movies` has 1,682 rows:
#' `movie`, `title`, `released` (text), `url` and 19 logical columns of genres.
#' `$users` has 943 rows: `user`, `age`, `sex`, `occupation`, `zip`. Download
#' only.
#'
#' @section Texts:
#' **sms_spam**, text messages in English, some of them coarse. `$data` has
#' 5,574 rows: `label` (factor `ham` 4,827, `spam` 747) and `text`. No `NA`.
#'
#' @section Images:
#' **mnist**, handwritten digits, and **fashion_mnist**, articles of clothing.
#' `$train` has 60,000 grey images and `$test` 10,000, each a list of `x`, an
#' integer array of image, row from the top and column from the left
#' (n x 28 x 28, values 0 to 255), and `y`, a factor. fashion_mnist has two
#' editions, the official one and one with the same images in another order;
#' their files are never mixed.
#'
#' **faces**, 530 photographs of one person from Labeled Faces in the Wild, 250
#' x 250 pixels. `$data`: `path`.
#'
#' **hymenoptera**, ants and bees. `$train` has 244 pictures, `$test` (the
#' source's folder `val`) 153, the shorter side 224 pixels: `path` and `label`
#' (factor `ants`, `bees`).
#'
#' **raccoon**, 217 boxes in 200 pictures of different sizes. `$train` has 173
#' rows, `$test` 44, with no picture in both, one row a box: `path`, `label`,
#' `xmin`, `ymin`, `xmax`, `ymax`, `width` and `height` of the picture (pixels).
#'
#' **membrane**, 30 slices under the electron microscope, 512 x 512 pixels.
#' `$data`: `path` and `mask`, the path of a picture that is 255 in a cell and 0
#' on a membrane.
#'
#' @section Weights:
#' **weights** is not a list but the paths of three small networks in HDF5
#' files: `squeezenet` (SqueezeNet 1.1 for ImageNet, weights only, without its
#' top), `mobilenet` (MobileNetV1 0.25, person or not, 96 x 96) and `resnet8`
#' (CIFAR-10, 32 x 32), whole Keras models.
#'
#' @param name Name of a data set. Without it, the data sets are listed.
#' @param consent May a file be downloaded? `TRUE` or `FALSE`. `NULL`, the
#'   default, takes the option `deeply.consent`; where that is not set an
#'   interactive session asks and any other session stops with an error.
#'
#' @return A list of data.tables: `$train` and `$test` where the source splits
#'   its rows, else `$data`; what differs is said above. The attribute
#'   `"source"` is a list of `title`, `citation`, `licence` and `read_from` (one
#'   string a file). A licence that is not settled is called so: look before you
#'   pass such data on.
#'
#'   Without `name`, a data.table with one row a data set: `name`, `kind`
#'   (`"table"`, `"series"`, `"interactions"`, `"text"`, `"images"` or
#'   `"weights"`), `title`, `rows` (of all its tables, or pictures), `columns`
#'   (of the first table), `licence` and `from`, the place it would come from
#'   now.
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
#' london_no2: This information has been obtained from the Environmental
#' Research Group of King's College London, using data from the London Air
#' Quality Network (www.londonair.org.uk). This information is licensed under
#' the terms of the Open Government Licence.
#'
#' For the others `attr(data, "source")` has the citation and the licence, and
#' `deep_data()` the licence.
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
  needed <- needed_files(entry, found)
  files <- entry$files[needed]
  found <- found[needed]

  # What is here already is checked before anything is asked or downloaded.
  absent <- vapply(found, is.null, logical(1))
  for (i in which(!absent)) {
    found[[i]]$edition <- check_file(files[[i]], found[[i]], call)
  }
  if (any(absent)) {
    require_address(entry, files[absent], call)
    require_consent(entry, files[absent], consent, ask, call)
    found[absent] <- lapply(
      files[absent], download_data_file,
      base_url = base_url, call = call
    )
  }
  check_editions(entry, found, vapply(found, `[[`, "", "edition"), call)

  # Unpacked before it is read, not while.
  paths <- readable_paths(files, found, call)
  data <- entry$read(paths)
  attr(data, "source") <- list(
    title = entry$title,
    citation = entry$citation,
    licence = entry$licence,
    read_from = vapply(found, `[[`, character(1), "shown")
  )
  data
}

# All but the optional files that are not here.
needed_files <- function(entry, found) {
  optional <- vapply(entry$files, `[[`, logical(1), "optional")
  !optional | !vapply(found, is.null, logical(1))
}

readable_paths <- function(files, found, call) {
  paths <- Map(function(file, place) {
    if (file$archive) {
      unpacked_archive(place$path, file, call)
    } else {
      place$path
    }
  }, files, found)
  names(paths) <- vapply(files, `[[`, character(1), "name")
  unlist(paths)
}

list_data_sets <- function() {
  homes <- data_homes()
  rows <- lapply(data_sources(), function(entry) {
    found <- locate_files(entry, homes)
    needed <- needed_files(entry, found)
    from <- unlist(Map(function(file, place) {
      place$from %||% if (is.null(file$url)) "by hand" else "download"
    }, entry$files[needed], found[needed]))
    data.table(
      name = entry$name, kind = entry$kind, title = entry$title,
      rows = entry$rows, columns = entry$columns, licence = entry$licence,
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

# Near in spelling, a part of the name ("wine"), or what the title calls it
# ("breast_cancer").
nearest_data_sets <- function(name, sources) {
  if (!nzchar(name)) {
    return(character())
  }
  known <- names(sources)
  steps <- utils::adist(name, known, ignore.case = TRUE)[1, ]
  titles <- tolower(vapply(sources, `[[`, character(1), "title"))
  words <- tolower(gsub("[_.-]+", " ", name))
  within <- grepl(words, gsub("_", " ", known), fixed = TRUE)
  named <- nchar(words) > 3 & (within | grepl(words, titles, fixed = TRUE))
  known[steps <= min(3, nchar(name) / 2) | named]
}

# A file that no official address has cannot be asked for.
require_address <- function(entry, files, call) {
  offline <- vapply(files, function(file) is.null(file$url), logical(1))
  if (!any(offline)) {
    return(invisible())
  }
  name <- entry$name
  places <- describe_places(entry)
  wanted <- vapply(files[offline], `[[`, "", "name")
  sha256 <- vapply(files[offline], function(file) file$sha256[[1]], "")
  hand <- cli::format_inline(entry$by_hand)
  folder <- hand_folder(entry)
  deeply_abort(c(
    "Data set {.val {name}} is not on this machine, and {.fn deep_data} cannot
     download it: no official address has {.file {wanted}} as it is read.",
    "i" = "Looked in {places}.",
    "i" = "{hand}",
    "i" = "If you have {.file {wanted}} (SHA-256 {sha256}), put it into
           {.path {folder}}."
  ), class = c("data_offline", "data"), call = call)
}

require_consent <- function(entry, files, consent, ask, call) {
  consent <- consent %||% getOption("deeply.consent")
  if (is.null(consent) && rlang::is_interactive()) {
    consent <- ask(entry, files)
  }
  if (isTRUE(consent)) {
    return(show_terms(entry))
  }

  name <- entry$name
  licence <- entry$licence
  places <- describe_places(entry)
  urls <- unname(vapply(files, `[[`, character(1), "url"))
  folder <- hand_folder(entry)
  size <- format_size(files)
  deeply_abort(c(
    "Data set {.val {name}} is not on this machine, and a download needs your
     consent.",
    "i" = "Looked in {places}.",
    "i" = "It is {size} from {.url {urls}}. Licence: {licence}.",
    "i" = "To download it: {.code deep_data(\"{name}\", consent = TRUE)}, or set
           {.code options(deeply.consent = TRUE)} for every data set.",
    "i" = "Without a network: put {cli::qty(urls)}{?this file/these files} into
           {.path {folder}}."
  ), class = c("data_consent", "data"), call = call)
}

# Whose data they are is said where they are fetched, but not in a knitted
# document.
show_terms <- function(entry) {
  if (!isTRUE(getOption("knitr.in.progress"))) {
    title <- entry$title
    licence <- entry$licence
    citation <- entry$citation
    deeply_inform(c(
      "{title}. Licence: {licence}.",
      "i" = "Cite: {citation}"
    ))
  }
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
