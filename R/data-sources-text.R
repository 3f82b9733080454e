# Texts for deep_data(). What the parts of an entry mean stands in
# data-sources.R.

source_sms_spam <- function() {
  data_entry(
    name = "sms_spam",
    kind = "text",
    title = "Text messages, spam or not",
    licence = "CC BY 4.0",
    citation = paste(
      "Almeida, T. A., Gomez Hidalgo, J. M. & Yamakami, A. (2011).",
      "Contributions to the study of SMS spam filtering: new collection and",
      "results. ACM DocEng. UCI Machine Learning Repository.",
      "doi:10.24432/C5CC84"
    ),
    rows = 5574L,
    columns = 2L,
    folder = "sms_spam",
    files = list(data_file(
      "SMSSpamCollection", uci_address("00228/smsspamcollection.zip"),
      "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d",
      203415,
      member = "SMSSpamCollection"
    )),
    read = read_sms_spam
  )
}

# Split by hand: a message may hold quotes, or be "NA", and keeps its spaces.
read_sms_spam <- function(paths) {
  text <- read_text(paths)
  Encoding(text) <- "UTF-8"
  lines <- strsplit(text, "\n", fixed = TRUE)[[1]]
  list(data = data.table(
    label = factor(sub("\t.*", "", lines), c("ham", "spam")),
    text = sub("^[^\t]*\t", "", lines)
  ))
}
