# Tables for deep_data(), a source_<name>() and a read_<name>() each. What the
# parts of an entry mean stands in data-sources.R.

# Adult ------------------------------------------------------------------

source_adult <- function() {
  data_entry(
    name = "adult",
    kind = "table",
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
    kind = "table",
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
    kind = "table",
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

# Credit card ------------------------------------------------------------

source_creditcard <- function() {
  data_entry(
    name = "creditcard",
    kind = "table",
    title = "Credit-card fraud, 2,000 rows for the schema only",
    licence = "ODbL 1.0, DbCL 1.0",
    citation = paste(
      "Dal Pozzolo, A., Caelen, O., Johnson, R. A. & Bontempi, G. (2015).",
      "Calibrating probability with undersampling for unbalanced",
      "classification. IEEE CIDM. Sample of unknown method:",
      "github.com/drhuazhao/fraud-detection-project"
    ),
    rows = 2000L,
    columns = 31L,
    folder = "creditcard_sample",
    files = list(data_file(
      "creditcard_sample_2000.csv",
      github_address(
        "drhuazhao/fraud-detection-project",
        "9915128cdf3dddaaf286c9474210d4190201cda2", "creditcard_sample.csv"
      ),
      "f8f93912a209d3b884b6bb1fe29e4e508d4218c5f2ac8531266f374d82c7ec18",
      1058714
    )),
    read = read_creditcard
  )
}

read_creditcard <- function(paths) {
  data <- fread_data_file(paths, header = TRUE)
  data.table::setnames(data, tolower(names(data)))
  data.table::set(
    data,
    j = "class", value = factor(data$class, 0:1, c("genuine", "fraud"))
  )
  list(data = data)
}

# California housing -----------------------------------------------------

source_california_housing <- function() {
  data_entry(
    name = "california_housing",
    kind = "table",
    title = "California housing, 1990 census",
    licence = "unsettled (none stated)",
    citation = paste(
      "Pace, R. K. & Barry, R. (1997). Sparse spatial autoregressions.",
      "Statistics & Probability Letters 33(3), 291-297."
    ),
    rows = 20640L,
    columns = 9L,
    folder = "california_housing",
    # The copy that scikit-learn reads, with the checksum that it states: the
    # StatLib server is gone.
    files = list(data_archive(
      "cal_housing.tgz", "https://ndownloader.figshare.com/files/5976036",
      sha256 = NULL, bytes = 441963, packed_sha256 =
        "aaa5c9a6afe2225cc2aed2723682ae403280c4a3695a2ddda4ffb5d8215ea681"
    )),
    read = read_california_housing
  )
}

# The columns that scikit-learn makes of the totals of a block group.
read_california_housing <- function(paths) {
  raw <- fread_data_file(
    file.path(paths, "CaliforniaHousing", "cal_housing.data"),
    header = FALSE, col.names = c(
      "longitude", "latitude", "age", "rooms", "bedrooms", "population",
      "households", "income", "value"
    )
  )
  list(data = data.table(
    med_inc = raw$income,
    house_age = raw$age,
    ave_rooms = raw$rooms / raw$households,
    ave_bedrms = raw$bedrooms / raw$households,
    population = raw$population,
    ave_occup = raw$population / raw$households,
    latitude = raw$latitude,
    longitude = raw$longitude,
    med_house_val = raw$value / 1e5
  ))
}

# Wine quality -----------------------------------------------------------

source_wine_quality <- function() {
  data_entry(
    name = "wine_quality",
    kind = "table",
    title = "Quality of red and white wine",
    licence = "CC BY 4.0",
    citation = paste(
      "Cortez, P., Cerdeira, A., Almeida, F., Matos, T. & Reis, J. (2009).",
      "Modeling wine preferences by data mining from physicochemical",
      "properties. Decision Support Systems 47(4), 547-553. UCI Machine",
      "Learning Repository. doi:10.24432/C56S3T"
    ),
    rows = 6497L,
    columns = 13L,
    folder = "wine_quality",
    files = list(
      data_file(
        "winequality-red.csv", uci_address("wine-quality/winequality-red.csv"),
        "4a402cf041b025d4566d954c3b9ba8635a3a8a01e039005d97d6a710278cf05e",
        84199
      ),
      data_file(
        "winequality-white.csv",
        uci_address("wine-quality/winequality-white.csv"),
        "76c3f809815c17c07212622f776311faeb31e87610d52c26d87d6e361b169836",
        264426
      )
    ),
    read = read_wine_quality
  )
}

read_wine_quality <- function(paths) {
  parts <- lapply(paths, fread_data_file, sep = ";", header = TRUE)
  names(parts) <- c("red", "white")
  data <- data.table::rbindlist(parts, idcol = "colour")
  data.table::setnames(data, tolower(gsub(" ", "_", names(data), fixed = TRUE)))
  data.table::set(data, j = "colour", value = factor(data$colour))
  list(data = data)
}
