# Networks that are known by name: those of Keras, with the weights of ImageNet,
# and SqueezeNet, whose weights are in a file.

keras_models <- paste0(
  "https://storage.googleapis.com/tensorflow/keras-applications/"
)

# One application: how it scales pixels, the side it was trained on, and the
# folder and the name of the file of its weights.
known <- function(preprocess, side, folder, file) {
  list(preprocess = preprocess, side = side, file = file,
       url = paste0(if (!grepl("^https", folder)) keras_models, folder, "/",
                    file))
}

old_weights <- "%s_weights_tf_dim_ordering_tf_kernels_notop.h5"

#' All of them, by the name of the function in `keras.applications`
#' @noRd
known_backbones <- function() {
  family <- function(names, preprocess, sides, folder, files) {
    made <- Map(known, preprocess, sides, folder, files)
    stats::setNames(made, names)
  }
  efficient <- paste0("B", 0:7)
  second <- c("B0", "B1", "B2", "B3", "S", "M", "L")
  convnext <- c("Tiny", "Small", "Base", "Large", "XLarge")
  resnets <- c(50, 101, 152)
  dense <- c(121, 169, 201)
  old <- function(names) sprintf(old_weights, names)
  c(
    list(squeezenet = list(preprocess = "caffe", side = 224)),
    family(c("VGG16", "VGG19"), "caffe", 224, c("vgg16", "vgg19"),
           old(c("vgg16", "vgg19"))),
    family(paste0("ResNet", resnets), "caffe", 224, "resnet",
           old(paste0("resnet", resnets))),
    family(paste0("ResNet", resnets, "V2"), "tf", 224, "resnet",
           old(paste0("resnet", resnets, "v2"))),
    family(c("InceptionV3", "Xception", "InceptionResNetV2"), "tf", 299,
           c("inception_v3", "xception", "inception_resnet_v2"),
           old(c("inception_v3", "xception", "inception_resnet_v2"))),
    family(c("MobileNet", "MobileNetV2"), "tf", 224,
           c("mobilenet", "mobilenet_v2"),
           c("mobilenet_1_0_224_tf_no_top.h5", paste0(
             "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224",
             "_no_top.h5"
           ))),
    family(c("MobileNetV3Small", "MobileNetV3Large"), "bytes", 224,
           "mobilenet_v3", sprintf(
             "weights_mobilenet_v3_%s_224_1.0_float_no_top_v2.h5",
             c("small", "large")
           )),
    family(paste0("DenseNet", dense), "torch", 224, "densenet",
           old(paste0("densenet", dense))),
    family(c("NASNetMobile", "NASNetLarge"), "tf", c(224, 331), "nasnet",
           sprintf("nasnet_%s_no_top.h5", c("mobile", "large"))),
    family(paste0("EfficientNet", efficient), "bytes",
           c(224, 240, 260, 300, 380, 456, 528, 600),
           "https://storage.googleapis.com/keras-applications",
           sprintf("efficientnet%s_notop.h5", tolower(efficient))),
    family(paste0("EfficientNetV2", second), "bytes",
           c(224, 240, 260, 300, 384, 480, 480), "efficientnet_v2",
           sprintf("efficientnetv2-%s_notop.h5", tolower(second))),
    family(paste0("ConvNeXt", convnext), "bytes", 224, "convnext",
           sprintf("convnext_%s_notop.h5", tolower(convnext)))
  )
}

# Where Keras keeps what it has downloaded.
keras_cache <- function() {
  home <- Sys.getenv("KERAS_HOME", file.path("~", ".keras"))
  file.path(path.expand(home), "models")
}

#' The file of the weights of ImageNet, if it is there
#'
#' @return A path, or `NULL` where a download is allowed.
#' @noRd
find_weights <- function(name, known, consent, call) {
  path <- file.path(keras_cache(), known$file)
  if (is_file(path)) {
    return(path)
  }
  consent <- consent %||% getOption("deeply.consent")
  if (is.null(consent) && rlang::is_interactive()) {
    title <- sprintf("Download the weights of %s from\n  %s\ninto %s?", name,
                     known$url, keras_cache())
    consent <- utils::menu(c("Yes", "No"), title = title) == 1
  }
  if (!isTRUE(consent)) {
    deeply_abort(
      c("The weights of {.val {name}} are not on this machine, and a download
         needs your consent.",
        i = "Looked for {.path {path}}.",
        i = "To download them from {.url {known$url}}:
             {.code deep_backbone({.val {name}}, consent = TRUE)}, or set
             {.code options(deeply.consent = TRUE)}.",
        i = "Without a network: put that file there, or name it by
             {.arg weights}."),
      class = "weights_consent", call = call
    )
  }
  NULL
}

# How pixels from 0 to 1 become what a network was trained on.
preprocessings <- list(
  caffe = list(mean = c(123.68, 116.779, 103.939) / 255, sd = 1 / 255,
               reverse = TRUE),
  tf = list(mean = 0.5, sd = 0.5, reverse = FALSE),
  torch = list(mean = c(0.485, 0.456, 0.406), sd = c(0.229, 0.224, 0.225),
               reverse = FALSE),
  unit = list(mean = 0, sd = 1, reverse = FALSE),
  bytes = list(mean = 0, sd = 1 / 255, reverse = FALSE)
)

preprocess_spec <- function(backbone) {
  chosen <- preprocessings[[backbone$preprocess]]
  channels <- backbone$shape[[3]]
  list(mean = as.array(rep_len(chosen$mean, channels)),
       sd = as.array(rep_len(chosen$sd, channels)), reverse = chosen$reverse)
}

# What Python needs to revive a backbone.
backbone_spec <- function(backbone) {
  c(list(backbone = backbone$model, shape = as.array(backbone$shape)),
    preprocess_spec(backbone))
}

# Words of Keras end in the arguments of its functions.
first_words <- function(text, most = 200) {
  text <- gsub("\033\\[[0-9;]*m", "", text)
  text <- trimws(gsub("\\s+", " ", sub("Arguments received.*", "", text)))
  if (nchar(text) > most) paste0(substr(text, 1, most), " ...") else text
}
