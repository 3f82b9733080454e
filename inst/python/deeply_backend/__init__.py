"""The Python half of the R package deeply: R owns the words, this the tensors.

R calls `start()` once and from then on talks to the module it returns.
"""

import contextlib
import importlib
import os
import sys

__version__ = "0.1.0"

BACKENDS = ("tensorflow", "jax")


def start(backend):
    """Chooses the Keras backend, silences its log and imports the bridge.

    Keras fixes its backend at import, so the choice cannot be changed later in
    the same process.

    Args:
        backend: One of `BACKENDS`.

    Returns:
        The module `deeply_backend.bridge`.

    Raises:
        RuntimeError: If Keras already runs on another backend.
    """
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = backend
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        if backend == "jax":
            # Keras brings TensorFlow in later, which would tell of oneDNN.
            os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
    with _hushed():
        keras = importlib.import_module("keras")
    if keras.backend.backend() != backend:
        raise RuntimeError(
            f"Keras already runs on {keras.backend.backend()!r} in this process"
            f" and cannot be switched to {backend!r}; restart R first"
        )
    return importlib.import_module("deeply_backend.bridge")


@contextlib.contextmanager
def _hushed():
    """Silences what TensorFlow's C++ says before it hears what not to say."""
    sys.stderr.flush()
    kept = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
