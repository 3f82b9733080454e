# lintr on every R file of the house, and the limits on size that lintr does
# not know: 400 lines a file, 80 lines a function.

file_limit <- 400
function_limit <- 80

folders <- c("R", "tests", "tools", "bench", "vignettes-src")
lints <- unlist(lapply(folders[dir.exists(folders)], function(folder) {
  lintr::lint_dir(folder, relative_path = FALSE)
}), recursive = FALSE)

# lintr knows the generics of a file and of packages, not those of other files.
generics <- unlist(lapply(list.files("R", full.names = TRUE), function(file) {
  lines <- readLines(file, warn = FALSE)
  at <- grep("UseMethod\\(\"", lines)
  sub(".*UseMethod\\(\"([^\"]+)\".*", "\\1", lines[at])
}))
is_method <- function(lint) {
  lint$linter == "object_name_linter" &&
    any(startsWith(lint$line, paste0(generics, ".deep_")))
}
lints <- Filter(Negate(is_method), lints)

too_long_functions <- function(file) {
  tokens <- utils::getParseData(parse(file, keep.source = TRUE))
  parents <- tokens$parent[tokens$token == "FUNCTION"]
  whole <- tokens[tokens$id %in% parents, ]
  lines <- whole$line2 - whole$line1 + 1
  long <- lines > function_limit
  sprintf("%s:%d: a function of %d lines (limit %d)", rep(file, sum(long)),
          whole$line1[long], lines[long], function_limit)
}

too_long_file <- function(file) {
  lines <- length(readLines(file, warn = FALSE))
  if (lines <= file_limit) return(character())
  sprintf("%s: %d lines (limit %d)", file, lines, file_limit)
}

# The later of two would silently take the place of the earlier.
defined_twice <- function(files) {
  names <- lapply(files, function(file) {
    Filter(Negate(is.null), lapply(parse(file), function(code) {
      if (rlang::is_call(code, "<-") && is.symbol(code[[2]])) code[[2]]
    }))
  })
  names <- vapply(unlist(names), as.character, "")
  sprintf("R/: %s is defined twice", unique(names[duplicated(names)]))
}

r_files <- list.files(folders, "[.]R$", recursive = TRUE, full.names = TRUE)
py_files <- list.files("inst/python", "[.]py$", recursive = TRUE,
                       full.names = TRUE)
broken <- c(
  unlist(lapply(r_files, too_long_functions)),
  defined_twice(list.files("R", full.names = TRUE)),
  unlist(lapply(c(r_files, py_files), too_long_file))
)

for (lint in lints) print(lint)
writeLines(broken)
quit(status = as.integer(length(lints) + length(broken) > 0))
