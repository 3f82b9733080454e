"""Picks the engine file of the running Keras backend."""

import importlib

import keras

_module = importlib.import_module(
    f"deeply_backend.training.engine_{keras.backend.backend()}"
)

Engine = _module.Engine
compile_predict = _module.compile_predict
devices = _module.devices
version = _module.version
