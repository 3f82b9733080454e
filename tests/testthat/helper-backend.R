# A Python (or uv) that is a shell script: answers as told, and writes down how
# it was called in calls.txt beside it. "venv" copies it into a new environment,
# "pip" adds the folder of a package.
fake_python <- function(dir, facts = character(), name = "python3",
                        exit = 0) {
  dir.create(dir, recursive = TRUE, showWarnings = FALSE)
  path <- file.path(dir, name)
  log <- file.path(normalizePath(dir), "calls.txt")
  answer <- fake_facts(facts)
  text <- paste(names(answer), answer, sep = "\\t", collapse = "\\n")
  writeLines(c(
    "#!/bin/sh",
    paste0("echo \"$*\" >> '", log, "'"),
    if (exit != 0) paste0("echo 'no such luck'; exit ", exit),
    "case \"$1 $2\" in",
    "  '-m venv') env=$3 ;;",
    "  'venv --python') env=$4 ;;",
    "  '-m pip') site=$(dirname \"$0\")/.. ;;",
    "  'pip install') site=$(dirname \"$4\")/.. ;;",
    paste0("  *) printf '", text, "\\n' ;;"),
    "esac",
    "if [ -n \"$env\" ]; then",
    "  mkdir -p \"$env/bin\" \"$env/lib/python3.11/site-packages\"",
    "  cp \"$0\" \"$env/bin/python\"",
    "fi",
    "if [ -n \"$site\" ]; then",
    "  mkdir -p \"$site/lib/python3.11/site-packages/keras-3.9.0.dist-info\"",
    "fi"
  ), path)
  Sys.chmod(path, "755")
  path
}

# What sitrep.py says of a whole environment, but for what is named.
fake_facts <- function(facts = character()) {
  whole <- c(
    python = "3.11.9", base = "", libpython = "config", venv = "yes",
    pip = "yes", numpy = "1.26.4", keras = "3.8.0", tensorflow = "2.18.1",
    jax = "0.4.34", sklearn = "1.5.2", PIL = "10.4.0",
    simplejpeg = "1.8.2", xgboost = "2.1.3"
  )
  whole[names(facts)] <- facts
  whole
}

fake_calls <- function(python) {
  log <- file.path(dirname(python), "calls.txt")
  if (file.exists(log)) readLines(log) else character()
}

fake_choice <- function(source = "RETICULATE_PYTHON",
                        python = "/opt/lab/bin/python", ours = FALSE,
                        ephemeral = FALSE) {
  list(source = source, python = python, ours = ours, ephemeral = ephemeral)
}

new_folder <- function() {
  dir <- tempfile("deeply-")
  dir.create(dir)
  normalizePath(dir)
}

hide_folder <- function(dir) {
  function(lines) gsub(dir, "<folder>", lines, fixed = TRUE)
}
