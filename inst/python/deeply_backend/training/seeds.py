"""One seed for everything that is random, and nothing left behind."""

import contextlib
import random

import keras
import numpy as np


@contextlib.contextmanager
def seeded(seed):
    """Seeds Python, NumPy and Keras, and gives the first two back afterwards.

    Args:
        seed: Integer from 0 to 2**31 - 1.
    """
    python_state, numpy_state = random.getstate(), np.random.get_state()
    keras.utils.set_random_seed(int(seed))
    try:
        yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
