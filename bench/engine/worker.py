"""One contender in a process of its own: JSON lines in, JSON lines out.

    python worker.py NAME

It says first whether its library is there, then answers
`{"do": "build", "problem": ...}` once it is warm and `{"do": "train"}` with the
seconds that `EPOCHS` epochs took.
"""

import gc
import importlib.metadata
import json
import os
import sys
import time

import problems
from contenders import CONTENDERS

# Several epochs a command, because everyone's training has a set-up that a user
# pays once a fit: `keras.Model.fit()` builds its data pipeline anew each call.
EPOCHS = 3

LIBRARIES = {
    "numpy": "numpy",
    "keras": "keras",
    "tensorflow": "tensorflow tensorflow-cpu",
    "jax": "jax",
    "torch": "torch",
}


class Idle:
    """Processor time burnt while waiting, which would slow down the others."""

    def __init__(self):
        self.burnt = 0.0

    def wait(self, lines):
        """Returns the next line, or an empty one at the end."""
        started = time.process_time()
        line = lines.readline()
        self.burnt += time.process_time() - started
        return line


def main(name):
    """Answers until there are no more commands."""
    answer = take_stdout()
    try:
        make = CONTENDERS[name].load()
    except ModuleNotFoundError as error:
        answer(missing=error.name)
        return
    answer()
    contender, idle = None, Idle()
    while line := idle.wait(sys.stdin):
        command = json.loads(line)
        if command["do"] == "build":
            contender = None
            gc.collect()
            started = time.perf_counter()
            contender = make(problems.from_json(command["problem"]))
            contender.train(EPOCHS)
            seconds = time.perf_counter() - started
            answer(seconds=seconds, versions=versions())
            idle = Idle()
        else:
            answer(**timed(contender), burnt=idle.burnt)


def timed(contender):
    """Seconds of a command's epochs, and the loss they ended with."""
    gc.collect()
    started = time.perf_counter()
    loss = contender.train(EPOCHS)
    return {"seconds": time.perf_counter() - started, "loss": loss}


def take_stdout():
    """Keeps stdout for answers; what a library prints goes to stderr."""
    stream = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return lambda **fields: print(json.dumps(fields), file=stream, flush=True)


def versions():
    """Versions of the libraries that this process has imported."""
    found = {}
    for module, packages in LIBRARIES.items():
        if module not in sys.modules:
            continue
        for package in packages.split():
            try:
                found[module] = importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                continue
    return found


if __name__ == "__main__":
    main(sys.argv[1])
