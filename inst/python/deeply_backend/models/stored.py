"""Models as bytes, which is how R keeps them."""

import os
import tempfile

import keras


def to_bytes(model):
    """A model as its `.keras` bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        model.save(path)
        with open(path, "rb") as file:
            return bytearray(file.read())


def from_bytes(data):
    """Revives a model from its `.keras` bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.keras")
        with open(path, "wb") as file:
            file.write(bytes(data))
        return keras.saving.load_model(path, compile=False)
