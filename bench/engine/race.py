"""Runs contenders side by side, so that a drift of the machine hits all."""

import dataclasses
import json
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

import problems
from contenders import CONTENDERS
from worker import EPOCHS

WORKER = pathlib.Path(__file__).with_name("worker.py")

QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1"}

# A contender's threads spin for some milliseconds after its turn before they
# sleep; the next turn waits for that. OMP_WAIT_POLICY=PASSIVE would spare the
# wait, but doubles the time of PyTorch's steps, which would be unfair.
SETTLE_SECONDS = 0.05


class DeadError(Exception):
    """A contender's process has ended; the message is its last words."""


class Worker:
    """The process of a contender.

    Args:
        name: A key of `CONTENDERS`.
    """

    def __init__(self, name):
        self.name = name
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115, see close()
        self._process = subprocess.Popen(
            [sys.executable, str(WORKER), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **QUIET, **CONTENDERS[name].environment},
        )

    def hello(self):
        """Waits for the library; returns the name of a missing module."""
        return self._answer().get("missing")

    def ask(self, **command):
        """Sends a command; returns the answer, or raises `DeadError`."""
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return self._answer()

    def close(self):
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait()
        self._log.close()

    def _answer(self):
        line = self._process.stdout.readline()
        if line:
            return json.loads(line)
        self._log.seek(0)
        raise DeadError("".join(self._log.readlines()[-20:]).strip())


class Crew:
    """The workers of some contenders, as a context.

    `absent` says for each contender that cannot take part why it cannot.

    Args:
        names: Keys of `CONTENDERS`.
    """

    def __init__(self, names):
        self.names = names
        self.ready, self.absent, self._versions = {}, {}, {}

    def __enter__(self):
        say(f"starting {len(self.names)} contenders")
        self.all = [Worker(name) for name in self.names]
        for worker in self.all:
            self._greet(worker)
        return self

    def __exit__(self, *error):
        for worker in self.all:
            worker.close()

    def machine(self):
        """What the times were measured on."""
        return {
            "processor": _processor(),
            "cores": cores(),
            "system": platform.platform(),
            "versions": {
                "python": platform.python_version(),
                **self._versions,
            },
        }

    def warm_up(self, name, problem):
        """Has a contender build and compile; returns the seconds, or `None`."""
        say(f"{problem.name}: warming up {name}")
        fields = problems.to_json(problem)
        try:
            answer = self.ready[name].ask(do="build", problem=fields)
        except DeadError as error:
            del self.ready[name]
            self._mourn(name, problem.name, error)
            return None
        self._versions.update(answer["versions"])
        return answer["seconds"]

    def _greet(self, worker):
        try:
            missing = worker.hello()
        except DeadError as error:
            self._mourn(worker.name, "its import", error)
            return
        if missing:
            self.absent[worker.name] = f"not installed: {missing}"
        else:
            self.ready[worker.name] = worker

    def _mourn(self, name, place, error):
        say(f"{name} has died:\n{error}")
        self.absent[name] = f"failed at {place}"


@dataclasses.dataclass
class Lap:
    """What a contender achieved.

    Args:
        us: Microseconds a step, one value a round.
        loss: Mean loss of the last epoch.
        warm_up: Seconds from building to the end of the first epochs.
        spun: Seconds of processor time it burnt between two turns.
    """

    us: list
    loss: float | None
    warm_up: float
    spun: float

    @property
    def median(self):
        """Median of the rounds."""
        return statistics.median(self.us)


def race(crew, problem, rounds, names=None):
    """Times one problem.

    Args:
        crew: A `Crew` that has been entered.
        problem: What to train.
        rounds: How often each contender runs.
        names: Those of the crew who take part; all by default.

    Returns:
        Dict of contender to `Lap`, without those who cannot take part.
    """
    names = [name for name in names or crew.names if name in crew.ready]
    warm_ups = {name: crew.warm_up(name, problem) for name in names}
    workers = [crew.ready[name] for name in names if name in crew.ready]
    answers = {worker.name: [] for worker in workers}
    order = random.Random(0)
    for number in range(1, rounds + 1):
        say(f"{problem.name}: round {number} of {rounds}")
        # Whoever runs after the same neighbour each time inherits its caches.
        for worker in order.sample(workers, len(workers)):
            time.sleep(SETTLE_SECONDS)
            answers[worker.name].append(worker.ask(do="train"))
    return {
        name: _lap(problem, warm_ups[name], answers[name]) for name in answers
    }


def _lap(problem, warm_up, answers):
    last, steps = answers[-1], EPOCHS * problem.steps
    return Lap(
        us=[1e6 * answer["seconds"] / steps for answer in answers],
        loss=last["loss"],
        warm_up=warm_up,
        spun=last["burnt"] / len(answers),
    )


def warn_of_spinning(laps):
    """Says which contenders kept the processor busy while others ran."""
    for name, lap in laps.items():
        if lap.spun > SETTLE_SECONDS * cores():
            say(f"warning: {name} spun {lap.spun:.2f} s between two turns")


def cores():
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def say(text):
    """A line of progress, apart from the table on stdout."""
    print(f"# {text}", file=sys.stderr, flush=True)


def _processor():
    try:
        with open("/proc/cpuinfo") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
