shop <- function(n = 30) {
  word <- c("castle", "river", "tower")
  data.frame(
    item = sprintf("i%02d", seq_len(n)),
    title = paste(word[seq_len(n) %% 3 + 1], "of",
                  letters[seq_len(n) %% 26 + 1], seq_len(n)),
    price = seq_len(n) / 2, kind = factor(rep_len(c("a", "b"), n))
  )
}

test_that("titles are text with words, and nothing else", {
  expect_true(is_title(shop()$title))
  expect_true(is_title(c("The Elder Scrolls V", NA, "Dota 2", "Fallout 4")))
  expect_false(is_title(factor(shop()$title)))
  expect_false(is_title(shop()$item))
  expect_false(is_title(rep(c("two words", "three more words"), 9)))
  expect_false(is_title(sprintf("2016-03-%02d 12:00", 1:28)))
  expect_false(is_title(sprintf("%d,%d", 101:130, 201:230)))
  expect_false(is_title(NA_character_))
})

test_that("words are what letters and digits make, in any script", {
  expect_equal(
    title_words(c("Half-Life 2: Episode Two", "ÜBER uns, über", NA, "--",
                  "Война и мир")),
    list(c("half", "life", "2", "episode", "two"), c("über", "uns"),
         character(), character(), c("война", "и", "мир"))
  )
})

test_that("titles have the weights of tf-idf", {
  text <- c("red tower", "red river", "green river tower", "blue", NA)
  learned <- learn_titles(text)
  expect_equal(learned$words, c("red", "river", "tower"))
  expect_equal(learned$weights, rep(log(6 / 3) + 1, 3))
  found <- encode_titles(c("RED, red", "unknown", "Tower of the river"),
                         learned)
  expect_equal(found, list(row = c(1L, 3L, 3L), word = c(1L, 3L, 2L),
                           value = c(1, sqrt(0.5), sqrt(0.5))))
  expect_null(learn_titles(c("one two", "three four")))
  expect_equal(lengths(encode_titles(c("none", NA), learned)),
               c(row = 0, word = 0, value = 0))
})

test_that("features become numbers, codes and words, in the order of ids", {
  ids <- c("i09", "new", "i02", sprintf("i%02d", 10:25))
  learned <- learn_features(shop(), "item", ids, "item_features")
  expect_equal(learned$lacking, 1)
  expect_equal(learned$others, 12)
  expect_equal(names(learned$titles), "title")
  found <- features_of(learned, shop(), ids)
  expect_equal(found$n, 19)
  expect_equal(which(!found$known), 2)
  expect_equal(dim(found$numeric), c(19, 1))
  expect_equal(found$numeric[2, ], 0)
  expect_equal(found$category[1:3, 1], c(1, 0, 2))
  expect_equal(as.vector(found$sizes), 2)
  # Learned from those that occur.
  price <- shop()$price[c(9, 2, 10:25)]
  expect_equal(found$numeric[-2, 1], as.vector(scale(price)),
               tolerance = 0.05)
  rows <- found$words$row + 1
  expect_false(2 %in% rows)
  words <- learned$titles$title$words[found$words$word[rows == 1] + 1]
  expect_setequal(words, intersect(title_words(shop()$title[[9]])[[1]],
                                   learned$titles$title$words))
  expect_equal(feature_width(learned), 3 + found$words$size)
})

test_that("what is missing or unheard of is told", {
  learned <- learn_features(shop(), "item", shop()$item, "item_features")
  new <- data.frame(item = c("x", "y", "z"), title = c("a castle", NA, "qq"),
                    price = c(NA, 2, NA), kind = c("b", NA, NA))
  found <- suppressWarnings(encode_features(learned, new))
  expect_equal(as.vector(found$known), c(TRUE, TRUE, FALSE))
  expect_warning(
    encode_features(learned, transform(shop(), kind = "c")),
    class = "deeply_warning_new_levels"
  )
  # Two columns of titles have words of their own.
  both <- transform(shop(), also = rev(title))
  learned <- learn_features(both, "item", both$item, "item_features")
  found <- features_of(learned, both, both$item)
  sizes <- lengths(lapply(learned$titles, `[[`, "words"))
  expect_equal(found$words$size, sum(sizes))
  expect_equal(range(found$words$word), c(0, sum(sizes) - 1))
})

test_that("tables that say nothing are refused", {
  learn <- function(table, ids = shop()$item) {
    learn_features(table, "item", ids, "item_features", call = NULL)
  }
  expect_snapshot(error = TRUE, {
    learn(as.list(shop()))
    learn(shop()[-1])
    learn(shop()["item"])
    learn(rbind(shop(), shop()[7, ]))
    learn(stats::setNames(shop(), c("item", "title", "title", "kind")))
    learn(transform(shop(), item = replace(item, 4, NA)))
    learn(shop(), c("i01", "none"))
    learn(transform(shop(), title = item, price = 1, kind = NULL))
    learn(transform(shop(), kind = I(as.list(kind))))
  })
})
