# Pictures, and networks that know pictures, for deep_data(). What the parts of
# an entry mean stands in data-sources.R.

# MNIST and Fashion-MNIST ------------------------------------------------

idx_files <- c(
  "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
  "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
)

source_mnist <- function() {
  # LeCun's own server gives the files no more; this mirror has his bytes.
  url <- "https://storage.googleapis.com/cvdf-datasets/mnist/"
  data_entry(
    name = "mnist",
    kind = "images",
    title = "MNIST handwritten digits",
    licence = "unsettled (commonly CC BY-SA 3.0)",
    citation = paste(
      "LeCun, Y., Bottou, L., Bengio, Y. & Haffner, P. (1998). Gradient-based",
      "learning applied to document recognition. Proceedings of the IEEE",
      "86(11), 2278-2324."
    ),
    rows = 70000L,
    columns = NA_integer_,
    folder = "mnist",
    files = Map(
      data_file, idx_files, paste0(url, idx_files, ".gz"),
      c(
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
      ),
      c(9912422, 28881, 1648877, 4542)
    ),
    read = function(paths) read_idx_parts(paths, as.character(0:9))
  )
}

# Two editions: Zalando's, and the same pictures in another order, written back
# from single pictures. Images of one must not meet labels of the other, which
# is what the names of the checksums are for.
source_fashion_mnist <- function() {
  url <- "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
  reordered <- c(
    "4f4d84a61fc3449f888062aaa77d5bbc234693176c51e8dd18c409ec3ae99e7d",
    "8e75b91104ba3cd539ae0ee080edd1de9efa71da61ff3cd38285e988f70f74e2",
    "99c75c3693fd72ca072c6b041aad98e9563ebad228e6f0eae47af6e72fb44716",
    "f8af2e83b895fe874c99c265da42a9f791002ae5a47fa54935bd797e450fb570"
  )
  official <- c(
    "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
    "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
    "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
    "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
  )
  data_entry(
    name = "fashion_mnist",
    kind = "images",
    title = "Fashion-MNIST articles of clothing",
    licence = "MIT",
    citation = paste(
      "Xiao, H., Rasul, K. & Vollgraf, R. (2017). Fashion-MNIST: a novel image",
      "dataset for benchmarking machine learning algorithms. arXiv:1708.07747"
    ),
    rows = 70000L,
    columns = NA_integer_,
    folder = "fashion_mnist",
    files = Map(
      data_file, idx_files, paste0(url, idx_files, ".gz"),
      lapply(reordered, function(x) c(reordered = x)),
      c(26421880, 29515, 4422102, 5148),
      lapply(official, function(x) c(official = x))
    ),
    read = function(paths) read_idx_parts(paths, fashion_classes)
  )
}

fashion_classes <- c(
  "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
  "Sneaker", "Bag", "Ankle boot"
)

read_idx_parts <- function(paths, classes) {
  part <- function(images, labels) {
    codes <- as.integer(read_idx(labels))
    list(x = read_idx(images), y = factor(classes[codes + 1L], classes))
  }
  list(
    train = part(paths[[1]], paths[[2]]),
    test = part(paths[[3]], paths[[4]])
  )
}

#' Reads an IDX file of bytes
#'
#' @return An integer array: a vector of labels, or images by row and column.
#' @noRd
read_idx <- function(path) {
  con <- gzfile(path, "rb")
  on.exit(close(con))
  n_dims <- as.integer(readBin(con, raw(), 4)[4])
  dims <- readBin(con, "integer", n_dims, endian = "big")
  values <- readBin(con, raw(), prod(dims))
  # The file runs through the last dimension first, R through the first. Turned
  # round while each value is one byte.
  dim(values) <- rev(dims)
  values <- as.integer(aperm(values, rev(seq_len(n_dims))))
  dim(values) <- dims
  values
}

# Folders of pictures ----------------------------------------------------

source_faces <- function() {
  data_entry(
    name = "faces",
    kind = "images",
    title = "Faces: 530 photographs of one person",
    licence = "unsettled (news photographs)",
    citation = paste(
      "Huang, G. B., Ramesh, M., Berg, T. & Learned-Miller, E. (2007). Labeled",
      "Faces in the Wild. University of Massachusetts, Amherst, TR 07-49."
    ),
    rows = 530L,
    columns = 1L,
    folder = "faces_lfw_bush",
    by_hand = paste(
      "The photographs are those of George W. Bush in Labeled Faces in the",
      "Wild, {.url http://vis-www.cs.umass.edu/lfw/}."
    ),
    files = list(data_archive(
      "lfw_george_w_bush_530.tar", NULL,
      "6c1696f12d483c9615347b1c319c7395cef8f3f9258d68e0dd4bd45384062056",
      7884800
    )),
    read = function(paths) {
      list(data = data.table(path = list_pictures(paths, "faces")))
    }
  )
}

source_hymenoptera <- function() {
  data_entry(
    name = "hymenoptera",
    kind = "images",
    title = "Hymenoptera: ants and bees",
    licence = "unsettled (none stated)",
    citation = paste(
      "Chilamkurthy, S. (2017). Transfer learning for computer vision. PyTorch",
      "tutorials."
    ),
    rows = 397L,
    columns = 2L,
    folder = "hymenoptera",
    by_hand = paste(
      "The pictures, in full size, are in {.url",
      "https://download.pytorch.org/tutorial/hymenoptera_data.zip}."
    ),
    files = list(data_archive(
      "hymenoptera_short224.tar", NULL,
      "f72d8fea7d32fbdb655515375436f569a1ec44d49f20693cb4a1cd8aa013a6e2",
      9400320
    )),
    read = read_hymenoptera
  )
}

read_hymenoptera <- function(paths) {
  part <- function(folder) {
    path <- list_pictures(paths, "hymenoptera_data", folder)
    data.table(
      path = path, label = factor(basename(dirname(path)), c("ants", "bees"))
    )
  }
  list(train = part("train"), test = part("val"))
}

source_raccoon <- function() {
  data_entry(
    name = "raccoon",
    kind = "images",
    title = "Raccoons in boxes",
    licence = "unsettled (boxes MIT, pictures not)",
    citation = "Tran, D. (2017). Raccoon detector dataset.",
    rows = 217L,
    columns = 8L,
    folder = "raccoon",
    by_hand = paste(
      "The pictures and boxes are in {.url",
      "https://github.com/datitran/raccoon_dataset}."
    ),
    files = list(data_archive(
      "raccoon_dataset.tar", NULL,
      "72e4c6ecd07f90ef1e7bc99c756be1da16f7902c114aaaa163dfada8bcd1e812",
      13813760
    )),
    read = read_raccoon
  )
}

read_raccoon <- function(paths) {
  annotations <- list.files(
    file.path(paths, "annotations"), "[.]xml$",
    full.names = TRUE
  )
  boxes <- read_voc_boxes(annotations, file.path(paths, "images"))
  part <- function(file) {
    split <- fread_data_file(file.path(paths, "data", file), header = TRUE)
    boxes[basename(boxes$path) %in% split$filename, ]
  }
  list(train = part("train_labels.csv"), test = part("test_labels.csv"))
}

#' Boxes of Pascal VOC annotations
#'
#' Reads the tags it needs, each on its own: enough for the files of an
#' annotation tool, no XML parser.
#'
#' @param paths Annotation files, one a picture.
#' @param pictures The folder of the pictures.
#' @return A data.table with one row a box.
#' @noRd
read_voc_boxes <- function(paths, pictures) {
  read <- function(path) readChar(path, file.size(path), useBytes = TRUE)
  texts <- vapply(paths, read, "", USE.NAMES = FALSE)
  tags <- function(text, tag) {
    pattern <- sprintf("(?<=<%s>)[^<]*(?=</%s>)", tag, tag)
    regmatches(text, gregexpr(pattern, text, perl = TRUE))
  }
  objects <- strsplit(texts, "<object>", fixed = TRUE)
  heads <- vapply(objects, `[`, "", 1L)
  objects <- lapply(objects, `[`, -1L)
  picture <- rep(seq_along(texts), lengths(objects))
  objects <- unlist(objects)
  number <- function(text, tag) as.integer(unlist(tags(text, tag)))
  data.table(
    path = file.path(pictures, unlist(tags(heads, "filename")))[picture],
    label = factor(unlist(tags(objects, "name"))),
    xmin = number(objects, "xmin"), ymin = number(objects, "ymin"),
    xmax = number(objects, "xmax"), ymax = number(objects, "ymax"),
    width = number(heads, "width")[picture],
    height = number(heads, "height")[picture]
  )
}

source_membrane <- function() {
  data_entry(
    name = "membrane",
    kind = "images",
    title = "Cell membranes under the electron microscope",
    licence = "unsettled (research use, cite)",
    citation = paste(
      "Arganda-Carreras, I. et al. (2015). Frontiers in Neuroanatomy 9, 142.",
      "Cardona, A. et al. (2010). PLoS Biology 8(10): e1000502."
    ),
    rows = 30L,
    columns = 2L,
    folder = "membrane_isbi2012",
    by_hand = paste(
      "The pictures and masks are in {.url https://github.com/zhixuhao/unet},",
      "in {.path data/membrane/train}."
    ),
    files = list(data_archive(
      "membrane_train.tar", NULL,
      "d214714a404af84d8f4c8089bcb8ca3e5e1d802191ecbc20dce004d29d11997e",
      6543360
    )),
    read = read_membrane
  )
}

# A picture and its mask have the same number, 0 to 29.
read_membrane <- function(paths) {
  files <- paste0(0:29, ".png")
  list(data = data.table(
    path = file.path(paths, "train", "image", files),
    mask = file.path(paths, "train", "label", files)
  ))
}

list_pictures <- function(...) {
  # radix: the same order in every locale.
  sort(
    list.files(
      file.path(...), "[.](jpe?g|png)$",
      full.names = TRUE, recursive = TRUE, ignore.case = TRUE
    ),
    method = "radix"
  )
}

# Weights ----------------------------------------------------------------

source_weights <- function() {
  tiny <- function(path) {
    github_address(
      "mlcommons/tiny", "debd5310ffbad653932e2995816e853197116dd9",
      paste0("benchmark/training/", path)
    )
  }
  data_entry(
    name = "weights",
    kind = "weights",
    title = "Three small pretrained image networks",
    licence = "MIT (squeezenet), Apache 2.0",
    citation = paste(
      "squeezenet: Iandola, F. N. et al. (2016). arXiv:1602.07360, weights of",
      "github.com/DeepCognition/keras-squeezenet. mobilenet, resnet8: Banbury,",
      "C. et al. (2021). MLPerf Tiny benchmark. NeurIPS Datasets and",
      "Benchmarks, github.com/mlcommons/tiny"
    ),
    rows = 3L,
    columns = NA_integer_,
    folder = "pretrained_weights",
    files = list(
      data_file(
        "squeezenet_v11_imagenet_tf_notop.h5",
        github_address(
          "DeepCognition/keras-squeezenet",
          "a73d4339aa4d37c51a0b3ba044bed55477abec73",
          "squeezenet_weights_tf_dim_ordering_tf_kernels_notop.h5"
        ),
        "17154246284f555591549ac2c83e127abfbf4307dc4b0060fdaa2931d0fa38da",
        3002560
      ),
      data_file(
        "vww_96_mobilenetv1_025.h5",
        tiny("visual_wake_words/trained_models/vww_96.h5"),
        "af9111d50e6e85b2f2123345e0316ef1c384865ebf6b06340ddac7e66017450f",
        3124024
      ),
      data_file(
        "resnet8_cifar10.h5",
        tiny("image_classification/trained_models/pretrainedResnet.h5"),
        "5f938a8eea605438cc7360aa13c987bc6d7bd0c8d931b2917361ae7ae4eeda2f",
        1116712
      )
    ),
    read = function(paths) {
      stats::setNames(
        normalizePath(paths), c("squeezenet", "mobilenet", "resnet8")
      )
    }
  )
}
