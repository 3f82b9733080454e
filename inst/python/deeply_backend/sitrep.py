"""Says what this interpreter is and has, one `key<TAB>value` line each.

R runs it as `python -m deeply_backend.sitrep [--start BACKEND]` in a process of
its own, so a crash stays there, and imports it for `facts_text()`. It needs the
standard library only and keeps to plain words, so that an empty environment
and an old interpreter can answer too.
"""

import importlib.util
import os
import sys
import sysconfig

# Every module that matters, and the names its wheel may be installed under.
MODULES = {
    "numpy": ("numpy",),
    "keras": ("keras", "keras-nightly"),
    "tensorflow": (
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-macos",
        "tf-nightly",
        "tf-nightly-cpu",
    ),
    "jax": ("jax",),
    "sklearn": ("scikit-learn",),
    "PIL": ("pillow",),
    "simplejpeg": ("simplejpeg",),
    "xgboost": ("xgboost", "xgboost-cpu"),
}


def facts_text():
    """All facts, as R asks for them in its own process.

    Returns:
        One string of lines; a module that is missing has an empty value, one
        without a known version "?".
    """
    facts = {
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        # In an environment, the interpreter that it was built from.
        "base": getattr(sys, "_base_executable", None) or sys.executable or "",
        "libpython": _libpython(),
        "venv": _yes(_has("venv") and _has("ensurepip")),
        "pip": _yes(_has("pip")),
    }
    for module, packages in MODULES.items():
        facts[module] = _version(packages) if _has(module) else ""
    return _lines(facts)


def start_text(backend):
    """Starts the backend and says which devices it sees.

    Args:
        backend: "tensorflow" or "jax".

    Returns:
        Lines with the keys `version` and `devices`, or `failure`.
    """
    try:
        import deeply_backend

        seen = deeply_backend.start(backend).describe()
    except BaseException as error:
        message = " ".join(str(error).split())
        return _lines({"failure": type(error).__name__ + ": " + message})
    devices = ", ".join(seen["devices"]) or "CPU"
    return _lines({"version": seen["backend_version"], "devices": devices})


def _has(module):
    # What an uninstall leaves behind, a folder without code, has no origin.
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return False
    return spec is not None and spec.origin is not None


def _version(packages):
    try:
        from importlib import metadata
    except ImportError:  # before Python 3.8
        return "?"
    for package in packages:
        try:
            return metadata.version(package) or "?"
        except metadata.PackageNotFoundError:
            pass
    return "?"


def _libpython():
    # "config": where every reticulate looks; "prefix": where only 1.40 and
    # later look; "none": built without the shared library that R must load.
    if os.name == "nt" or sysconfig.get_config_var("PYTHONFRAMEWORK"):
        return "config"
    places = [sysconfig.get_config_var(v) for v in ("LIBPL", "LIBDIR")]
    if any(_holds_library(place) for place in places):
        return "config"
    beside = os.path.join(sys.base_prefix, "lib")
    return "prefix" if _holds_library(beside) else "none"


def _holds_library(folder):
    name = "libpython" + ".".join(str(part) for part in sys.version_info[:2])
    ending = ".dylib" if sys.platform == "darwin" else ".so"
    try:
        files = os.listdir(folder or "")
    except OSError:
        return False
    return any(f.startswith(name) and ending in f for f in files)


def _yes(value):
    return "yes" if value else "no"


def _lines(facts):
    return "\n".join(key + "\t" + value for key, value in facts.items()) + "\n"


def main(arguments):
    """Writes the facts first, so that they stand when the start crashes."""
    sys.stdout.write(facts_text())
    sys.stdout.flush()
    if arguments[:1] == ["--start"]:
        sys.stdout.write(start_text(arguments[1]))


if __name__ == "__main__":
    main(sys.argv[1:])
