"""Test set-up: the backend comes from KERAS_BACKEND, as Keras itself does it.

Importing the package's bridge once here means that a broken backend fails the
run at once, with its own error.
"""

import os

import pytest

import deeply_backend

BACKEND = os.environ.get("KERAS_BACKEND", "tensorflow")

deeply_backend.start(BACKEND)


@pytest.fixture(scope="session", autouse=True)
def compiled_once(tmp_path_factory):
    """Keeps what JAX compiled, or each fit of a test would compile it anew."""
    if BACKEND != "jax":
        yield
        return
    import jax

    changed = {
        "jax_compilation_cache_dir": str(tmp_path_factory.mktemp("compiled")),
        "jax_persistent_cache_min_compile_time_secs": 0,
        "jax_persistent_cache_min_entry_size_bytes": -1,
    }
    before = {name: getattr(jax.config, name) for name in changed}
    for name, value in changed.items():
        jax.config.update(name, value)
    yield
    for name, value in before.items():
        jax.config.update(name, value)
