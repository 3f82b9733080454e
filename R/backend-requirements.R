# What Python must hold. The list is in inst/python/pyproject.toml and nowhere
# else; what the reticulate of this machine adds to it is here.

# Each value is the first reticulate that can do it, from its NEWS.
reticulate_milestones <- c(
  `Python 3.12` = "1.33",
  `NumPy 2` = "1.38",
  `Python 3.13` = "1.40",
  `Python built to be moved` = "1.40",
  `py_require()` = "1.41"
)

reticulate_version <- function() {
  utils::packageVersion("reticulate")
}

reticulate_can <- function(what, version = reticulate_version()) {
  numeric_version(version) >= reticulate_milestones[[what]]
}

#' The Python packages to install, as pip writes them
#'
#' @param extras Names of `[project.optional-dependencies]`.
#' @param reticulate_version Decides whether NumPy 2 may come in.
#' @param platform `sys_platform` and `platform_machine`, as Python names them.
#' @return A character vector such as `"keras>=3.8"`, without the requirements
#'   that another platform needs.
#' @noRd
python_requirements <- function(extras = "xgboost",
                                reticulate_version =
                                  utils::packageVersion("reticulate"),
                                platform = python_platform(),
                                project = read_pyproject()) {
  extras <- unique(extras)
  check_extras(extras, project)
  groups <- union(if (!"cuda" %in% extras) "cpu", extras)
  all <- c(project$dependencies, unlist(project$extras[groups]))
  here <- vapply(all, requirement_applies, NA, platform = platform)
  plain <- trimws(sub(";.*", "", all[here]))
  if (!reticulate_can("NumPy 2", reticulate_version)) {
    plain <- sub("^(numpy[<>=!~][^;]*)$", "\\1,<2", plain)
    # pyarrow 26 needs NumPy 2 and does not say so.
    plain <- sub("^(pyarrow[<>=!~][^;]*)$", "\\1,<26", plain)
  }
  unique(plain)
}

check_extras <- function(extras, project = read_pyproject(),
                         call = rlang::caller_env()) {
  known <- setdiff(names(project$extras), "cpu")
  unknown <- setdiff(extras, known)
  if (length(unknown) == 0 && !anyNA(extras)) {
    return(invisible())
  }
  deeply_abort(
    c(
      "{.arg extras} names what deeply does not know: {.val {unknown}}.",
      i = "Known are {.val {sort(known)}}."
    ),
    class = c("extras", "argument"),
    call = call
  )
}

# The range of Python versions, narrowed to what this reticulate can load.
python_range <- function(version = reticulate_version(),
                         project = read_pyproject()) {
  range <- project$requires_python
  ceiling <- if (!reticulate_can("Python 3.12", version)) {
    "<3.12"
  } else if (!reticulate_can("Python 3.13", version)) {
    "<3.13"
  }
  if (is.null(ceiling)) range else sub(",<.*", paste0(",", ceiling), range)
}

# pyproject.toml -----------------------------------------------------------

# Reads the three things needed: a TOML package would be a dependency for them.
read_pyproject <- function(path = pyproject_path()) {
  lines <- readLines(path, warn = FALSE, encoding = "UTF-8")
  lines <- lines[!grepl("^\\s*#", lines)]
  header <- grepl("^\\[[^]]+\\]\\s*$", lines)
  titles <- c("", gsub("^\\[|\\]\\s*$", "", lines[header]))
  section <- titles[cumsum(header) + 1L]
  text_of <- function(name) paste(lines[section == name], collapse = "\n")
  project <- text_of("project")
  list(
    requires_python = quoted(match_first(
      "(?m)^requires-python\\s*=\\s*\"[^\"]*\"", project
    )),
    dependencies = toml_arrays(project)$dependencies,
    extras = toml_arrays(text_of("project.optional-dependencies"))
  )
}

pyproject_path <- function() {
  system.file("python", "pyproject.toml", package = "deeply", mustWork = TRUE)
}

# Arrays of strings by name. A "]" may stand inside the quotes.
toml_arrays <- function(text) {
  pattern <- "(?m)^[A-Za-z0-9_-]+\\s*=\\s*\\[(\"[^\"]*\"|[^\"\\]])*\\]"
  arrays <- regmatches(text, gregexpr(pattern, text, perl = TRUE))[[1]]
  names(arrays) <- sub("(?s)\\s*=.*", "", arrays, perl = TRUE)
  lapply(arrays, quoted)
}

quoted <- function(text) {
  gsub("\"", "", regmatches(text, gregexpr("\"[^\"]*\"", text))[[1]])
}

match_first <- function(pattern, text) {
  regmatches(text, regexpr(pattern, text, perl = TRUE))
}

# Markers ------------------------------------------------------------------

# "tensorflow; sys_platform == 'linux' and ..." is R but for two words.
requirement_applies <- function(requirement, platform) {
  marker <- trimws(sub("^[^;]*;?", "", requirement))
  if (!nzchar(marker)) {
    return(TRUE)
  }
  marker <- gsub("\\band\\b", "&&", gsub("\\bor\\b", "||", marker))
  isTRUE(eval(parse(text = marker), as.list(platform), baseenv()))
}

python_platform <- function(info = Sys.info()) {
  system <- tolower(info[["sysname"]])
  machine <- info[["machine"]]
  if (system == "windows") {
    system <- "win32"
    machine <- sub("x86-64", "AMD64", machine, fixed = TRUE)
  }
  c(sys_platform = system, platform_machine = machine)
}

# Versions -----------------------------------------------------------------

# "2.21.0rc1+cpu" counts as 2.21.0; what cannot be read counts as good, since
# the start will tell.
version_fits <- function(version, range) {
  number <- regmatches(version, regexpr("^[0-9]+(\\.[0-9]+)*", version))
  if (length(number) == 0) {
    return(TRUE)
  }
  clauses <- trimws(strsplit(range, ",", fixed = TRUE)[[1]])
  all(vapply(clauses, clause_fits, NA, version = numeric_version(number)))
}

clause_fits <- function(clause, version) {
  operator <- match_first("^[<>=!]+", clause)
  limit <- numeric_version(sub("^[<>=!]+\\s*", "", clause))
  do.call(operator, list(version, limit))
}

# The name in front of extras in brackets and of versions.
requirement_name <- function(requirement) {
  sub("^([A-Za-z0-9._-]*[A-Za-z0-9]).*", "\\1", requirement)
}

requirement_range <- function(requirement) {
  sub("^[A-Za-z0-9._-]+(\\[[^]]*\\])?\\s*", "", requirement)
}
