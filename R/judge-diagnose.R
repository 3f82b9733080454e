#' What is wrong with a fit, and what to do next
#'
#' Puts the errors of a fit in a row, from the best that is known to rows never
#' seen, and says which gap is too large; looks for what went wrong in training,
#' for leaks, drift and wrong labels; and ends with one verdict and the next
#' thing to do.
#'
#' @section The ladder:
#' Each gap between two levels has a name and a remedy.
#' * best known -> training, *bias*: a bigger network, longer training, another
#'   optimizer.
#' * training -> validation, *variance*: more rows, dropout or a penalty,
#'   augmentation, a smaller network.
#' * with `train_dev`, training -> train-dev is the *variance*, and train-dev ->
#'   validation the *mismatch*: collect or simulate rows like those that the
#'   network will meet.
#' * validation -> test, *validation overfit*: a new or larger validation set.
#'
#' The error of a classification is the share of rows that are called wrong, or
#' 1 - balanced accuracy where a class is below 10 %; that of a regression is
#' the RMSE. The training error is that of up to 20,000 rows drawn from those
#' trained on, with dropout off, measured when the model was fitted. Without
#' `best_known`, the best of the fit's simple models on the validation rows
#' stands in its place: `"best simple model"`.
#'
#' Levels have 95 % intervals: Wilson's for shares, normal ones of the mean of
#' the classes' shares and of the logarithm of an RMSE. The interval of a gap
#' comes from those of its levels (Newcombe 1998; Zou & Donner 2008), and all
#' gaps of a ladder are right together in 95 % of cases. A gap is taken for a
#' fault if it is beyond chance and at least a tenth of the trivial model's
#' error (variance: a fifth, since with few rows some is there in any model), or
#' as large as `best_known`.
#'
#' @section Findings:
#' In this order one thing explains the next, and the first that applies is the
#' verdict.
#' \describe{
#' \item{`diverged`, `dead`, `saturated`, `vanishing`, `exploding`, `stuck`,
#'   `unscaled`, `no_number`}{What the training run found. A loss that is no
#'   number for want of a smaller learning rate is `diverged`.}
#' \item{`bigger_worse`}{The training error is above that of `smaller`, beyond
#'   chance (He et al. 2016).}
#' \item{`leak`}{With `data`: a column that knows the outcome; rows, groups or
#'   times that are in training and in validation or test rows alike. As
#'   [check_data()] finds them.}
#' \item{`drift`, `mismatch`}{With `data`: test or validation rows that are not
#'   like the training rows, as [check_data()] finds them, where the error is
#'   higher; with `train_dev`, the gap of that name. Drift that costs nothing
#'   comes last.}
#' \item{`label_noise`}{Where classes overlap, a network is right about nearly
#'   all rows it is surest of; labels flipped at random are wrong there as often
#'   as anywhere. Found if, of the surest quarter of the validation rows (or
#'   `train_dev`), more are labelled otherwise than 2.5 %, and than overlap
#'   gives (normal log-odds with the same error of all rows), by 2.6 standard
#'   errors; and the network makes at most 60 % of the trivial model's errors,
#'   and no simple model is clearly better. Where all is vague, noise and
#'   overlap are one. Not for regression.}
#' \item{`underfit`, `overfit`, `mismatch`, `reused`}{The largest of the gaps.}
#' \item{`reused`}{After 10 fits or more were judged on the same validation
#'   rows, and the best of so many looks better by luck alone, by
#'   \eqn{se\sqrt{2 \log k}}{se * sqrt(2 log k)}, half as much as the fit leads
#'   the trivial model by; unless it is as good on `test`.}
#' \item{`healthy`}{None of these.}
#' }
#'
#' @section Looks:
#' The session counts how often rows are judged, which it knows by their
#' outcomes: each fit looks at its validation rows once, and each
#' [evaluate()][evaluate.deep_fit], [confusion()], [roc_curve()] and the like,
#' and this function, at the rows they are given. If models were chosen in other
#' sessions too, say by `looks` how many.
#'
#' @param x A fit such as [deep_mlp()] gives.
#' @inheritParams rlang::args_dots_empty
#' @param data The rows that the fit was made from, training and validation, as
#'   they were given to it: to look for leaks, drift and wrong labels.
#' @param test Rows that were never used before.
#' @param train_dev Rows like the training rows that were not trained on, for
#'   when the validation rows come from elsewhere.
#' @param best_known The error of a human or of the best known model, such as
#'   0.002; of a regression an RMSE.
#' @param smaller A fit of a smaller network to the same rows.
#' @param looks How many models were judged on the validation rows. `NULL`: as
#'   many as this session has seen, or had when the model was fitted.
#'
#' `data`, `test` and `train_dev` are data frames with the outcome, or a
#' [deep_parquet()] or [deep_csv()], of which up to 100,000 rows are taken. If
#' the model was fitted from `x` and `y`, the outcome is a column `y`. For a fit
#' to images they are [deep_images()] with labels, or a folder; leaks are then
#' images that were trained on, as [check_images()] finds them, and drift is not
#' looked for.
#'
#' @return A list of class `deep_diagnosis`:
#'   * `verdict`: `"underfit"`, `"overfit"`, `"optimisation trouble"`,
#'     `"data trouble"` or `"fine"`; `kind`: the finding that leads, or
#'     `"healthy"`; `says` and `next_step`: sentences.
#'   * `ladder`: a data.table with a row a level: `level`, `error`, its interval
#'     `lower` to `upper`, `n` rows, and the `gap` to the level before: its
#'     name, `size`, `size_lower` to `size_upper`, whether it is `beyond`
#'     chance, `worth` a finding, and the `largest` of these.
#'   * `findings`: a data.table of `kind`, `column` (`""`: all), `severity`
#'     (`"stop"`, `"look"`, `"know"`), `value`, `says` and `fix`.
#'   * `suspects`: the rows of `data` and `test` with the highest loss, which
#'     may have a wrong label: 2 % of them, at least 20 and at most 1,000. A
#'     data.table of `set`, `row` (its number in the table given), `truth`,
#'     `said`, `prob` (of the given label), `loss` (nats, or the squared error
#'     of the standardised outcome).
#'   * `looks`: a data.table of `set`, `looks`, `fits` and `luck`, by how much
#'     the best of so many fits looks too good.
#' @section Errors:
#' * `deeply_error_argument`: a value out of its range, or a `smaller` fit that
#'   is not smaller or has another outcome.
#' * `deeply_error_outcome_missing`, `deeply_error_column_missing`,
#'   `deeply_error_new_levels`: rows that the fit cannot be judged on.
#' @references
#' He, Zhang, Ren & Sun (2016). Deep residual learning for image recognition.
#' CVPR.
#'
#' Newcombe (1998). Interval estimation for the difference between independent
#' proportions. Statistics in Medicine 17, 873-890.
#'
#' Northcutt, Jiang & Chuang (2021). Confident learning: estimating uncertainty
#' in dataset labels. Journal of Artificial Intelligence Research 70, 1373-1411.
#' Suspects are ranked by the self-confidence they use; its counts of wrong
#' labels are not, since they count overlap as well.
#'
#' Zou & Donner (2008). Construction of confidence limits about effect measures.
#' Statistics in Medicine 27, 1693-1702.
#' @seealso [autoplot][autoplot.deep_diagnosis()] draws the ladder;
#'   [check_data()] looks at data before anything is fitted.
#' @export
#' @examplesIf deeply::has_backend()
#' control <- deep_control(epochs = 30)
#' fit <- deep_mlp(Species ~ ., data = iris, control = control)
#' found <- diagnose(fit, data = iris, best_known = 0.02)
#' found
#' found$ladder
#' head(found$suspects, 3)
diagnose <- function(x, ...) {
  UseMethod("diagnose")
}

#' @rdname diagnose
#' @export
diagnose.deep_fit <- function(x, ..., data = NULL, test = NULL,
                              train_dev = NULL, best_known = NULL,
                              smaller = NULL, looks = NULL) {
  rlang::check_dots_empty()
  call <- rlang::current_env()
  check_one_outcome(x$prep$outcome, call = rlang::current_env())
  check_best_known(best_known, x$prep$outcome, call)
  check_smaller(smaller, x, call)
  check_count(looks, null = TRUE)
  given <- Filter(Negate(is.null), list(data = data, train_dev = train_dev,
                                        test = test))
  rows <- Map(diagnosis_rows, given, names(given), list(x), list(call))
  cases <- Map(diagnosis_cases, rows, names(rows), list(x), list(call))
  rows <- Map(function(rows, arg) {
    c(rows, list(y = given_outcome(x, rows$table, arg, call)))
  }, rows, names(rows))
  split <- if (!is.null(data)) split_of(x, rows$data, rows$data$y)
  ladder <- fit_ladder(x, cases, best_known)
  about <- list(
    ladder = ladder,
    looks = count_looks(x, ladder, looks, cases$test$key),
    checks = check_rows(x, rows$data, rows$test, split),
    noise = fit_noise(x, cases), smaller = smaller
  )
  about$found <- find_all(x, about)
  about$suspects <- find_suspects(
    cases[names(cases) != "train_dev"],
    list(data = if (!is.null(data)) name_sets(cases$data, split),
         test = "test")[setdiff(names(cases), "train_dev")]
  )
  new_diagnosis(x, about)
}

check_best_known <- function(best_known, outcome, call) {
  check_number(best_known, min = 0, null = TRUE, call = call,
               max = if (outcome$task == "regression") Inf else 1,
               arg = "best_known")
}

check_smaller <- function(smaller, fit, call) {
  if (is.null(smaller)) {
    return(invisible())
  }
  if (!inherits(smaller, "deep_fit")) {
    abort_argument("smaller", smaller, "a fit of a smaller network", call)
  }
  ours <- fit$prep$outcome
  theirs <- smaller$prep$outcome
  if (!identical(ours[c("name", "task", "levels")],
                 theirs[c("name", "task", "levels")])) {
    deeply_abort(
      "{.arg smaller} predicts {.field {theirs$name}}, a
       {describe_task(theirs)}; {.arg x} predicts {.field {ours$name}}, a
       {describe_task(ours)}.",
      class = "argument", call = call
    )
  }
  if (smaller$info$parameters >= fit$info$parameters) {
    deeply_abort(
      c("{.arg smaller} has {count(smaller$info$parameters)} parameters,
         {.arg x} {count(fit$info$parameters)}.",
        i = "Diagnose the bigger of the two, with the other as
             {.arg smaller}."),
      class = "argument", call = call
    )
  }
}

# On rows like the training rows that were not trained on.
fit_noise <- function(fit, cases) {
  levels <- fit$judged$levels$validation
  surest <- fit$judged$surest
  held_out <- fit$info$rows[["validation"]] > 0
  cases <- cases$train_dev %||% if (!held_out) cases$test
  if (!is.null(cases)) {
    levels <- lapply(cases$predicted, error_level, cases$truth, cases$outcome)
    surest <- count_surest(cases)
  } else if (!held_out) {
    return(NULL)
  }
  label_noise(surest, levels[[1]], levels[[2]], levels[-(1:2)])
}

# The verdict --------------------------------------------------------------

#' @param about What `find_all()` was given, its findings and the `suspects`.
#' @noRd
new_diagnosis <- function(fit, about) {
  stops <- which(severity_of(about$found) == "stop")
  lead <- if (length(stops) > 0) about$found[[stops[[1]]]]
  findings <- findings_table(about$found)
  structure(
    list(
      verdict = verdicts[[lead$check %||% "healthy"]],
      kind = lead$check %||% "healthy",
      says = if (is.null(lead)) healthy_words(about$ladder) else
        finding_sentence(lead),
      next_step = lead$fix %||% cheapest_help(about$ladder, findings),
      ladder = about$ladder,
      findings = findings[order(match(findings$severity, severities))],
      suspects = about$suspects,
      looks = about$looks,
      about = list(model = class(fit)[[1]],
                   task = describe_task(fit$prep$outcome),
                   outcome = fit$prep$outcome$name,
                   measure = describe_measure(attr(about$ladder, "measure"),
                                              fit$prep$outcome))
    ),
    class = "deep_diagnosis"
  )
}

finding_sentence <- function(finding) {
  says <- if (nzchar(finding$column)) paste(finding$column, finding$says)
          else capitalise(finding$says)
  paste0(says, ".")
}

healthy_words <- function(ladder) {
  if (nrow(ladder) == 1) {
    return("Nothing stands out, and there is nothing to compare with.")
  }
  if (any(ladder$beyond)) {
    return("No gap is large enough to worry about.")
  }
  "No gap is beyond chance."
}

cheapest_help <- function(ladder, findings) {
  if ("epochs" %in% findings$kind) {
    return(findings$fix[[match("epochs", findings$kind)]])
  }
  if (!"validation" %in% ladder$level) {
    return("Hold rows out: deep_control(validation = 0.2).")
  }
  if (!"test" %in% ladder$level) {
    return("Judge it once on rows never used before: diagnose(x, test = ).")
  }
  gap <- which.max(replace(ladder$size, !ladder$beyond, NA))
  if (length(gap) == 0) {
    return("Use it. More rows would help most, if it must be better.")
  }
  sprintf("Use it. If it must be better, the largest gap is the %s. %s",
          ladder$gap[[gap]], advice[[gap_kinds[[ladder$gap[[gap]]]]]])
}
