# Tests the installed package and writes "passed failed skipped", counted in
# test blocks, to a file.
#
#   Rscript tools/test.R COUNTS [FILTER]

arguments <- commandArgs(TRUE)
package <- read.dcf("DESCRIPTION", "Package")[[1]]
options(testthat.summary.omit_dots = FALSE, width = 80)

results <- testthat::test_dir(
  "tests/testthat",
  filter = if (length(arguments) > 1) arguments[2],
  package = package,
  load_package = "installed",
  reporter = "summary",
  stop_on_failure = FALSE
)

blocks <- as.data.frame(results)
seconds <- sort(tapply(blocks$real, blocks$file, sum), decreasing = TRUE)
cat("\nSlowest files, seconds:\n")
print(round(head(seconds, 10)))
failed <- blocks$failed > 0 | blocks$error
skipped <- !failed & blocks$skipped
passed <- !failed & !skipped
writeLines(paste(sum(passed), sum(failed), sum(skipped)), arguments[1])
quit(status = as.integer(any(failed)))
