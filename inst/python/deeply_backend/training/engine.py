"""Picks the engine file of the running Keras backend.

Models and loops do not know which backend runs. Each `engine_<backend>.py` has

`Engine(model, loss, optimizer, inputs, y, weights)`, which trains a built
`keras.Model` on data that lives on the device. `inputs` is a dict of arrays,
rows first; `y` and `weights` are 1-D float32; `loss` takes `(y, output)` and
gives one value a row. Its methods:

- `steps(index, first, last)` takes the optimizer steps `first` to `last - 1`,
  each on the rows `index[step]` of an `(steps, batch)` int32 array, and returns
  the sum of the weighted losses over the rows seen.
- `score(rows)` returns that sum without training.
- `weights_now()` returns the model's weights as a list of arrays.
- `finish()` leaves the trained weights in the model.

`compile_predict(model)` returns a function from a dict of arrays to the array
of outputs. `devices()` names the accelerators, `version()` the library.
"""

import importlib

import keras

_module = importlib.import_module(
    f"deeply_backend.training.engine_{keras.backend.backend()}"
)

Engine = _module.Engine
compile_predict = _module.compile_predict
devices = _module.devices
version = _module.version
