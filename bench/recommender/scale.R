# An epoch over ten million interactions: seconds and memory.
#
#   Rscript bench/recommender/scale.R [pairs=1e7] [users=2e5] [items=5e4]
#
# Draws who has what: items by Zipf's law, most of them from a group of items
# that a user leans to. Fits vectors of users and items for one epoch on all of
# them in a process of its own, and reads that process' largest resident memory
# from the system: with the data made, and at its end. Linux only.

source("bench/arguments.R")
asked <- read_arguments(pairs = 1e7, users = 2e5, items = 5e4)

used <- callr::r(function(pairs, users, items, groups = 50) {
  peak <- function() {
    line <- grep("^VmHWM:", readLines("/proc/self/status"), value = TRUE)
    as.numeric(gsub("[^0-9]", "", line)) / 1024
  }
  set.seed(1)
  leaning <- sample.int(groups, users, replace = TRUE)
  user <- sample.int(users, pairs, replace = TRUE)
  item <- sample.int(items, pairs, replace = TRUE, prob = 1 / seq_len(items))
  # Groups are the residues of the items' numbers, so all have popular ones.
  own <- which(stats::runif(pairs) < 0.7)
  item[own] <- pmin(items - groups, item[own] %/% groups * groups) +
    leaning[user[own]]
  log <- data.frame(user = user, item = item)
  rm(user, item, own)
  gc()
  deeply::deep_device()
  before <- peak()
  fit <- deeply::deep_recommender(
    log, "user", "item", method = "embedding", baseline = FALSE,
    control = deeply::deep_control(epochs = 1, validation = 0, seed = 1,
                                   verbose = FALSE)
  )
  list(before = before, after = peak(), seconds = fit$info$seconds,
       epoch = fit$history$seconds, n = fit$prep$n,
       users = length(fit$prep$users), items = length(fit$prep$items))
}, asked,
libpath = .libPaths())

cat(sprintf(
  "%.0f rows, %d pairs of %d users and %d items: %.0f s, the epoch %.0f s\n",
  asked$pairs, used$n, used$users, used$items, used$seconds,
  used$epoch
), sprintf("Largest memory %.0f MB, %.0f MB of it with the data made\n",
           used$after, used$before), sep = "")
