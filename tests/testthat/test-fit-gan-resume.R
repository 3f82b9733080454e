test_that("a run that was cut short ends with the same bits", {
  skip_if_no_backend()
  halves <- half_images(48)
  folder <- tempfile("gan-")
  gan <- function(epochs, checkpoint = NULL) {
    deep_gan(halves$x, halves$class, noise_units = 4, filters = 3,
             control = deep_control(
               epochs = epochs, seed = 5, batch_size = 16, patience = Inf,
               learn_rate = 0.002, checkpoint = checkpoint,
               checkpoint_every = 1
             ))
  }
  whole <- gan(3)
  half <- gan(1, folder)
  again <- deep_resume(folder, epochs = 3)
  expect_identical(again$history$loss, whole$history$loss)
  expect_identical(again$history$val_loss[2:3], whole$history$val_loss[2:3])
  expect_identical(generate(again, 4, seed = 1), generate(whole, 4, seed = 1))
  expect_identical(again$film, whole$film)
  expect_equal(again$judged$metrics, whole$judged$metrics)
})
