# Builds or completes deeply's Python environment with the extras named.
#
# reticulate 1.41 and newer would make a passing environment instead; naming an
# interpreter asks for the lasting one, which pytest and ruff run in.

arguments <- commandArgs(TRUE)
passing <- "py_require" %in% getNamespaceExports("reticulate") &&
  !reticulate::virtualenv_exists("r-deeply")
deeply::deep_install(
  extras = arguments[-1],
  python = if (passing) arguments[1]
)
