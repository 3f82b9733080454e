# Series for deep_data(). What the parts of an entry mean stands in
# data-sources.R.

# London NO2 -------------------------------------------------------------

source_london_no2 <- function() {
  data_entry(
    name = "london_no2",
    kind = "series",
    title = "Nitrogen dioxide at Mile End Road, London, 2018",
    licence = "Open Government Licence 2.0",
    # The last two sentences are what the licence asks for.
    citation = paste(
      "Environmental Research Group, King's College London, London Air Quality",
      "Network. This information has been obtained from the Environmental",
      "Research Group of King's College London, using data from the London Air",
      "Quality Network (www.londonair.org.uk). This information is licensed",
      "under the terms of the Open Government Licence."
    ),
    rows = 35040L,
    columns = 6L,
    folder = "london_no2",
    files = list(data_file(
      "LondonAir_TH_MER_NO2.csv",
      github_address(
        "PacktPublishing/Hands-on-Deep-Learning-with-R",
        "6038e839f7704ee4eee8874489dc6482df865583",
        "Chapter%201/data/LondonAir_TH_MER_NO2.csv"
      ),
      "d93bc6501ba0ec2ab04516bd4c404e339308266e9fcffb742d474fe30054a996",
      1498849
    )),
    read = read_london_no2
  )
}

# As published, its traps left in: dates are text, days first, and every hour
# is there four times. Finding that is the work of the preparation.
read_london_no2 <- function(paths) {
  list(data = fread_data_file(
    paths,
    header = TRUE, na.strings = "NA", colClasses = list(character = 3)
  ))
}

# Stocks -----------------------------------------------------------------

source_stocks <- function() {
  portfolio <- function(commit, file) {
    github_address(
      "robertmartin8/PyPortfolioOpt", commit, paste0("cookbook/data/", file)
    )
  }
  newer <- "e5b38578bf7331dfcb919321a193c1ff89724db2"
  older <- "24491f244d843ec93d1cb2b69328d79c6a45ebd4"
  data_entry(
    name = "stocks",
    kind = "series",
    title = "Daily prices of US stocks and of SPY",
    licence = "unsettled (Yahoo grants no redistribution)",
    citation = paste(
      "Martin, R. A. (2021). PyPortfolioOpt. Journal of Open Source Software",
      "6(61), 3066. Prices of Yahoo Finance and Quandl."
    ),
    rows = 250611L,
    columns = 3L,
    folder = "stocks",
    files = list(
      data_file(
        "stock_prices_1990_2024.csv", portfolio(newer, "stock_prices.csv"),
        "623a0703c49e17445ad29b853bfffcc7fbbd3fb6185c3981c58f1374d1738550",
        2576020
      ),
      data_file(
        "spy_prices_1990_2024.csv", portfolio(newer, "spy_prices.csv"),
        "faaece2320db158e9471b8446d43e873c3b4f0680969ea0bed3379fc112a5265",
        233201
      ),
      data_file(
        "stock_prices_1989_2018.csv", portfolio(older, "stock_prices.csv"),
        "1f3bc5da6d4b589a34704be69a1a8cd382f643dbedbefbc73319c3b21d9d9c71",
        1108625
      )
    ),
    read = read_stocks
  )
}

read_stocks <- function(paths) {
  parts <- lapply(unname(paths), read_prices)
  names(parts) <- c("data", "spy", "until_2018")
  parts
}

# One row a price. A stock has blanks before its first day and none after it,
# so a row left out is a day on which it was not listed.
read_prices <- function(path) {
  wide <- fread_data_file(path, header = TRUE)
  long <- data.table::melt(
    wide,
    id.vars = "date", variable.name = "symbol", value.name = "price",
    na.rm = TRUE
  )
  data.table::set(long, j = "date", value = as.Date(long$date))
  data.table::setorderv(long, c("symbol", "date"))[]
}
