# Malformed tables through a preparation: what came of them. Anything but a
# result or a classed error is a fault, and is shown with its seed.
#
#     Rscript bench/fuzz.R 500

suppressMessages(pkgload::load_all(quiet = TRUE, helpers = FALSE))
source("tests/testthat/helper-fuzz.R")

n <- c(as.integer(commandArgs(TRUE)), 500L)[[1]]
seconds <- system.time(found <- count_fuzzed(seq_len(n)))[["elapsed"]]
print(data.frame(tables = as.vector(found$counts),
                 came_of_it = names(found$counts)), row.names = FALSE)
cat(sprintf("%d faults in %d tables, %.0f s\n", length(found$faults), n,
            seconds))
writeLines(found$faults)
