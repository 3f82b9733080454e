library(testthat)
library(deeply)

test_check("deeply")
