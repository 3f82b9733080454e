# Features of users and items: the vectors that were learned of who had what are
# explained by them, so that those who come later are placed too.

recommender_types <- c("hybrid", "collaborative", "content")

#' Settles what features are for
#'
#' @param spec What `recommender_spec()` gave.
#' @return The spec with `type`, and without the features.
#' @noRd
settle_type <- function(spec, call = rlang::caller_env()) {
  if (spec$method != "embedding") {
    return(spec)
  }
  given <- names(spec$given)
  type <- spec$given$type
  check_choice(type, recommender_types, null = TRUE, arg = "type", call = call)
  has_features <- any(c("user_features", "item_features") %in% given)
  if (!has_features && isTRUE(type != "collaborative")) {
    deeply_abort(
      "{.code type = \"{type}\"} needs {.arg user_features} or
       {.arg item_features}.",
      class = "argument", call = call
    )
  }
  if (has_features && !is.null(spec$given$hidden_units)) {
    deeply_abort(
      c("Features explain vectors whose product is the score.",
        i = "Leave out {.arg hidden_units}, or the features."),
      class = "argument", call = call
    )
  }
  spec$type <- type %||% if (has_features) "hybrid" else "collaborative"
  spec$given[c("user_features", "item_features", "type")] <- NULL
  spec
}

#' Learns what is known of users and items
#'
#' @param run What `deep_recommender()` makes ready.
#' @param tables The features of users and of items, by side.
#' @return The run with `features`, for Python, and what was learned of them in
#'   its prep.
#' @noRd
add_features <- function(run, tables, call = rlang::caller_env()) {
  tables <- Filter(Negate(is.null), tables)
  if (length(tables) == 0 || run$spec$type == "collaborative") {
    return(run)
  }
  ids <- list(user = run$prep$users, item = run$prep$items)
  for (side in names(tables)) {
    learned <- learn_features(tables[[side]], run$prep$columns[[side]],
                              ids[[side]], paste0(side, "_features"), call)
    run$prep$features[[side]] <- learned
    run$features[[side]] <- features_of(learned, tables[[side]], ids[[side]],
                                        call)
  }
  run
}

#' Explains the vectors of a network by features
#'
#' @param learned What `learn_network()` gave.
#' @noRd
explain_vectors <- function(run, learned) {
  if (is.null(run$features)) {
    return(learned)
  }
  alone <- run$spec$type == "content"
  chosen <- if (!is.null(run$features$item)) {
    backend_call("choose_features", learned$scorer, run$all, run$features$item,
                 alone, run$seed)
  }
  explain <- function(scorer, pairs) {
    backend_call("map_features", scorer, pairs, run$features$user,
                 run$features$item, alone, chosen)
  }
  learned$scorer <- explain(learned$scorer, run$all)
  learned$judged <- explain(learned$judged, run$train)
  learned$chosen <- c(learned$chosen, chosen)
  learned$parameters <- learned$parameters +
    sum(map_sizes(run$prep$features, learned$network$dim))
  learned
}

# Parameters from the features of each side to a vector; an item has a bias too.
map_sizes <- function(features, dim) {
  vapply(names(features), function(side) {
    (feature_width(features[[side]]) + 1) * (dim + (side == "item"))
  }, 1)
}

# What comes later -----------------------------------------------------------

#' A fit that knows some new users and items
#'
#' @param new_users,new_items Data frames, as the fit got their features, or
#'   `NULL`. Rows of users and items that it knows are left out.
#' @return A list of `prep` (that of the fit, with the new users and items
#'   behind its own), `live` (a handle), `basis` (on what the list of each user
#'   rests) and `first_new`, the place of the first new item.
#' @noRd
widen <- function(fit, new_users = NULL, new_items = NULL, only_new = FALSE,
                  call = rlang::caller_env()) {
  prep <- fit$prep
  only_features <- identical(fit$spec$type, "content") &&
    !is.null(prep$features$user)
  wide <- list(
    prep = prep, live = live_model(fit), first_new = length(prep$items) + 1L,
    basis = rep(if (only_features) "features" else "history",
                length(prep$users))
  )
  if (is.null(new_users) && is.null(new_items)) {
    return(wide)
  }
  user <- meet_new(prep, "user", new_users, call)
  item <- meet_new(prep, "item", new_items, call)
  warn_untold(item, call)
  wide$live <- backend_call("with_new", wide$live, user$features,
                            item$features, only_new)
  wide$prep$users <- c(prep$users, user$ids)
  wide$prep$items <- c(prep$items, item$ids)
  told <- as.vector(user$features$known)
  wide$basis <- c(wide$basis, ifelse(told, "features", "popularity"))
  wide
}

# The new ones of a table of features, and what is known of them.
meet_new <- function(prep, side, table, call) {
  if (is.null(table)) {
    return(NULL)
  }
  arg <- paste0("new_", side, "s")
  learned <- prep$features[[side]]
  if (is.null(learned)) {
    deeply_abort(
      c("{.arg {arg}}: the fit knows no features of {side}s.",
        i = "Give {.arg {side}_features} to {.fn deep_recommender}, with
             {.code method = \"embedding\"}."),
      class = "argument", call = call
    )
  }
  check_features(table, learned$id, arg, call)
  ids <- as_ids(table[[learned$id]])
  new <- which(!ids %in% prep[[paste0(side, "s")]])
  if (length(new) == 0) {
    return(NULL)
  }
  table <- as.data.frame(table)[new, , drop = FALSE]
  list(ids = ids[new], features = encode_features(learned, table, call))
}

warn_untold <- function(item, call) {
  untold <- which(!as.vector(item$features$known %||% TRUE))
  if (length(untold) > 0) {
    deeply_warn(
      c("Of {length(untold)} new item{?s} no feature is known:
         {?it comes/they come} last.",
        i = "{cli::qty(length(untold))}{?It is/Such as}
             {.val {as.character(item$ids[untold])[[1]]}}."),
      class = "nothing_known"
    )
  }
}

check_only_new <- function(only_new, new_items, call = rlang::caller_env()) {
  check_flag(only_new, call = call)
  if (only_new && is.null(new_items)) {
    deeply_abort("{.arg only_new} needs {.arg new_items}.", class = "argument",
                 call = call)
  }
}

# Who or what is new comes by a history, or by features.
check_one_newness <- function(history, other, arg, call = rlang::caller_env()) {
  if (!is.null(history) && !is.null(other)) {
    deeply_abort("{.arg history} and {.arg {arg}} are not for the same call.",
                 class = "argument", call = call)
  }
}

# Print ------------------------------------------------------------------------

# A line a side: what is known, and of how many it is not.
describe_features <- function(prep) {
  ids <- list(user = prep$users, item = prep$items)
  vapply(names(prep$features), function(side) {
    learned <- prep$features[[side]]
    paste0(
      side, "s: ", toString(feature_names(learned)),
      if (learned$lacking > 0) {
        sprintf("; %s of %s without", count(learned$lacking),
                count(length(ids[[side]])))
      },
      if (length(learned$set_aside) > 0) {
        paste("; set aside:", toString(names(learned$set_aside)))
      }
    )
  }, "")
}

feature_names <- function(learned) {
  words <- vapply(learned$titles, function(title) length(title$words), 1L)
  columns <- lapply(learned$prep$columns, `[[`, "from")
  c(unique(unlist(columns, use.names = FALSE)),
    sprintf("%s (%s words)", names(words), count(words)))
}

describe_towers <- function(fit) {
  c(hybrid = "vectors of users and items, explained by features",
    content = "vectors of users and items, by features alone",
    collaborative = "vectors of users and items")[[
    fit$spec$type %||% "collaborative"
  ]]
}

# Rows of `summary()`.
feature_rows <- function(fit) {
  dim <- fit$spec$network$dim
  sizes <- map_sizes(fit$prep$features, dim)
  lapply(names(sizes), function(side) {
    list(name = paste(side, "features"), kind = "ridge",
         output = dim + (side == "item"), parameters = sizes[[side]])
  })
}
