# What deep_data() knows: one function a data set, named in data_sources().
# An entry, made by data_entry(), has
#   name, title, licence, citation, rows, columns   shown to the user
#   folder      its folder inside DEEPLY_DATA_DIR and inside the cache
#   files       from data_file(); their order is the order `read` gets
#   installed   optional: an R package that holds it, and a function of a file
#               name that gives a path to the official bytes ("" if none)
#   read        from checked paths (plain or gzip) to the result

data_sources <- function() {
  list(
    adult = source_adult(),
    penguins = source_penguins(),
    wisconsin = source_wisconsin()
  )
}

data_entry <- function(name, folder, files, ...) {
  # A file knows its home, so that errors about it can name the folder.
  files <- lapply(files, c, list(data_set = name, folder = folder))
  list(name = name, folder = folder, files = files, ...)
}

# `sha256` is that of the unpacked bytes, so a file and its .gz both pass.
# `bytes` is the size of the download. Where `url` ends in .gz, `name` does not.
data_file <- function(name, url, sha256, bytes) {
  list(name = name, url = url, sha256 = sha256, bytes = bytes)
}

uci_address <- function(path) {
  paste0("https://archive.ics.uci.edu/ml/machine-learning-databases/", path)
}

# Any checked file, plain or gzip. Base R unpacks: fread() would need R.utils.
fread_data_file <- function(path, ...) {
  data.table::fread(
    text = rawToChar(read_bytes(path)), sep = ",", data.table = TRUE, ...
  )
}

# Adult ------------------------------------------------------------------

source_adult <- function() {
  data_entry(
    name = "adult",
    title = "Adult census income",
    licence = "CC BY 4.0",
    citation = paste(
      "Becker, B. & Kohavi, R. (1996). Adult. UCI Machine Learning",
      "Repository. doi:10.24432/C5XW20"
    ),
    rows = 48842L,
    columns = 15L,
    folder = "adult",
    files = list(
      data_file(
        "adult.data", uci_address("adult/adult.data"),
        "5b00264637dbfec36bdeaab5676b0b309ff9eb788d63554ca0a249491c86603d",
        3974305
      ),
      data_file(
        "adult.test", uci_address("adult/adult.test"),
        "a2a9044bc167a35b2361efbabec64e89d69ce82d9790d2980119aac5fd7e9c05",
        2003153
      )
    ),
    read = read_adult
  )
}

adult_names <- c(
  "age", "workclass", "fnlwgt", "education", "education_num",
  "marital_status", "occupation", "relationship", "race", "sex",
  "capital_gain", "capital_loss", "hours_per_week", "native_country", "income"
)

read_adult <- function(paths) {
  # The test file opens with a comment line, "|1x3 Cross validator".
  parts <- Map(
    fread_data_file, paths,
    skip = c(0L, 1L),
    MoreArgs = list(
      header = FALSE, col.names = adult_names, na.strings = "?",
      strip.white = TRUE
    )
  )
  names(parts) <- c("train", "test")
  # Labels of the test file end in a full stop.
  data.table::set(
    parts$test,
    j = "income", value = sub(".", "", parts$test$income, fixed = TRUE)
  )

  texts <- adult_names[vapply(parts$train, is.character, logical(1))]
  for (column in texts) {
    # radix: the same order of levels in every locale, "<=50K" before ">50K".
    levels <- sort(
      unique(c(parts$train[[column]], parts$test[[column]])),
      method = "radix"
    )
    for (part in parts) {
      data.table::set(part, j = column, value = factor(part[[column]], levels))
    }
  }
  parts
}

# Penguins ---------------------------------------------------------------

source_penguins <- function() {
  data_entry(
    name = "penguins",
    title = "Palmer penguins",
    licence = "CC0",
    citation = paste(
      "Gorman, K. B., Williams, T. D. & Fraser, W. R. (2014). PLoS ONE 9(3):",
      "e90081. Horst, A. M., Hill, A. P. & Gorman, K. B. (2020).",
      "palmerpenguins. doi:10.5281/zenodo.3960218"
    ),
    rows = 344L,
    columns = 8L,
    folder = "penguins",
    files = list(data_file(
      "penguins.csv",
      paste0(
        "https://raw.githubusercontent.com/allisonhorst/palmerpenguins/main/",
        "inst/extdata/penguins.csv"
      ),
      "f204db2c753b0937caac3cb35258562c14f073e4bbc76be24b4c51ce22767a93",
      15241
    )),
    installed = list(
      package = "palmerpenguins",
      path = function(file) {
        system.file("extdata", file, package = "palmerpenguins")
      }
    ),
    read = read_penguins
  )
}

read_penguins <- function(paths) {
  data <- fread_data_file(paths, header = TRUE, na.strings = "NA")
  for (column in c("species", "island", "sex")) {
    data.table::set(data, j = column, value = factor(data[[column]]))
  }
  list(data = data)
}

# Wisconsin breast cancer ------------------------------------------------

source_wisconsin <- function() {
  data_entry(
    name = "wisconsin",
    title = "Wisconsin breast cancer",
    licence = "CC BY 4.0",
    citation = paste(
      "Wolberg, W. H. & Mangasarian, O. L. (1990). PNAS 87, 9193-9196.",
      "UCI Machine Learning Repository. doi:10.24432/C5HP4Z"
    ),
    rows = 699L,
    columns = 11L,
    folder = "wisconsin_breast_cancer",
    files = list(data_file(
      "breast-cancer-wisconsin.data",
      uci_address("breast-cancer-wisconsin/breast-cancer-wisconsin.data"),
      "402c585309c399237740f635ef9919dc512cca12cbeb20de5e563a4593f22b64",
      19889
    )),
    installed = list(package = "mlbench", path = wisconsin_from_mlbench),
    read = read_wisconsin
  )
}

wisconsin_names <- c(
  "id", "clump_thickness", "cell_size", "cell_shape", "adhesion",
  "epithelial_size", "bare_nuclei", "bland_chromatin", "normal_nucleoli",
  "mitoses", "class"
)

read_wisconsin <- function(paths) {
  data <- fread_data_file(
    paths,
    header = FALSE, col.names = wisconsin_names, na.strings = "?"
  )
  data.table::set(
    data,
    j = "class", value = factor(data$class, c(2, 4), c("benign", "malignant"))
  )
  list(data = data)
}

# mlbench keeps the table, not the file. Written back as UCI has it, it is the
# same byte for byte, so one checksum and one reader serve both.
wisconsin_from_mlbench <- function(file) {
  if (!nzchar(system.file(package = "mlbench"))) {
    return("")
  }
  box <- new.env(parent = emptyenv())
  utils::data(list = "BreastCancer", package = "mlbench", envir = box)
  fields <- lapply(box$BreastCancer, as.character)
  fields$Class <- ifelse(fields$Class == "benign", "2", "4")
  fields$Bare.nuclei[is.na(fields$Bare.nuclei)] <- "?"
  lines <- do.call(paste, c(unname(fields), sep = ","))

  path <- file.path(tempdir(), paste0("deeply-", file))
  writeBin(charToRaw(paste0(lines, "\n", collapse = "")), path)
  path
}
