# What a script is asked for, as `name=value`, values parted by commas. Scripts
# are run from the root of the repository.
#
# What a script can be asked for is named there, with what it is if nobody asks.
read_arguments <- function(..., given = commandArgs(TRUE)) {
  asked <- list(...)
  for (argument in given) {
    name <- sub("=.*", "", argument)
    if (!grepl("=", argument) || !name %in% names(asked)) {
      stop("`", argument, "` is not one of ",
           paste0(names(asked), "=", collapse = ", "), call. = FALSE)
    }
    values <- strsplit(sub("^[^=]*=", "", argument), ",")[[1]]
    asked[[name]] <- utils::type.convert(values, as.is = TRUE)
  }
  asked
}
