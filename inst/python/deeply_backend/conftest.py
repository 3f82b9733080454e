"""Test set-up: the backend comes from KERAS_BACKEND, as Keras itself does it.

Importing the package's bridge once here means that a broken backend fails the
run at once, with its own error.
"""

import os

import deeply_backend

deeply_backend.start(os.environ.get("KERAS_BACKEND", "tensorflow"))
