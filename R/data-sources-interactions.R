# Who used what, for deep_data(). What the parts of an entry mean stands in
# data-sources.R.

# Steam ------------------------------------------------------------------

source_steam200k <- function() {
  data_entry(
    name = "steam200k",
    kind = "interactions",
    title = "Games bought and played on Steam",
    licence = "unsettled (said to be ODbL)",
    citation = paste(
      "Tamber (2016). Steam Video Games. Kaggle data set",
      "tamber/steam-video-games."
    ),
    rows = 206193L,
    columns = 4L,
    folder = "steam200k",
    by_hand = paste(
      "Download {.url",
      "https://www.kaggle.com/datasets/tamber/steam-video-games}, which needs",
      "an account, and unpack it."
    ),
    # The splits are deeply's own, to compare recommenders on; the table is of
    # use without them.
    files = list(
      data_file(
        "steam-200k.csv", NULL,
        "2464a568e9b6b007d13d34e2e3a6c8de00e5e7443f4913155f365aaa328c2874",
        8958107
      ),
      data_file(
        "plays_loo_test.csv", NULL,
        "ad5d4e2e19cdb3c654f3b16411e7c754bd59f3ed69d070adb03b328a70991a9e",
        69140,
        optional = TRUE
      ),
      data_file(
        "purchases_loo_test.csv", NULL,
        "6b1dab62ecced5aad779bd0a12f37e9b9630bf44ebe371d5004eb39fc37ff017",
        111457,
        optional = TRUE
      )
    ),
    read = read_steam200k
  )
}

# As it is: duplicate rows are kept, and so is the space that some names end in,
# by which the held-out games are found again.
read_steam200k <- function(paths) {
  data <- fread_data_file(
    paths[["steam-200k.csv"]],
    header = FALSE, drop = 5, colClasses = list(integer = 1, numeric = 4),
    col.names = c("user", "game", "behaviour", "value"), na.strings = NULL,
    strip.white = FALSE
  )
  data.table::set(
    data,
    j = "behaviour", value = factor(data$behaviour, c("purchase", "play"))
  )
  splits <- c(
    plays_test = "plays_loo_test.csv", purchases_test = "purchases_loo_test.csv"
  )
  splits <- splits[splits %in% names(paths)]
  tests <- lapply(splits, function(file) {
    fread_data_file(
      paths[[file]],
      header = TRUE, na.strings = NULL, strip.white = FALSE
    )
  })
  c(list(data = data), tests)
}

# MovieLens --------------------------------------------------------------

source_movielens <- function() {
  data_entry(
    name = "movielens",
    kind = "interactions",
    title = "MovieLens, 100,000 ratings of films",
    licence = "own terms (research, no redistribution)",
    citation = paste(
      "Harper, F. M. & Konstan, J. A. (2015). The MovieLens datasets: history",
      "and context. ACM Transactions on Interactive Intelligent Systems 5(4),",
      "19. doi:10.1145/2827872"
    ),
    rows = 102625L,
    columns = 4L,
    folder = "movielens",
    files = list(data_archive(
      "ml-100k.zip",
      "https://files.grouplens.org/datasets/movielens/ml-100k.zip",
      "50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
      4924029
    )),
    read = read_movielens
  )
}

movielens_genres <- c(
  "unknown", "action", "adventure", "animation", "childrens", "comedy",
  "crime", "documentary", "drama", "fantasy", "film_noir", "horror", "musical",
  "mystery", "romance", "sci_fi", "thriller", "war", "western"
)

read_movielens <- function(paths) {
  read <- function(file, names, ...) {
    fread_data_file(
      file.path(paths, "ml-100k", file),
      header = FALSE, col.names = names, quote = "", ...
    )
  }
  ratings <- read("u.data", c("user", "movie", "rating", "time"), sep = "\t")
  data.table::set(
    ratings,
    j = "time", value = as.POSIXct(ratings$time, "UTC", origin = "1970-01-01")
  )
  # The fourth column, a date of release on video, is empty in every row.
  movies <- read(
    "u.item", c("movie", "title", "released", "url", movielens_genres),
    sep = "|", drop = 4, na.strings = "", encoding = "Latin-1"
  )
  data.table::set(movies, j = "title", value = enc2utf8(movies$title))
  data.table::set(
    movies,
    j = movielens_genres, value = lapply(movies[, -(1:4)], `==`, 1L)
  )
  users <- read(
    "u.user", c("user", "age", "sex", "occupation", "zip"),
    sep = "|", colClasses = list(character = 5)
  )
  list(data = ratings, movies = movies, users = users)
}
