"""What a training step costs, and what it costs others.

    python bench/engine/run.py                      # one size, everyone
    python bench/engine/run.py --contenders keras_fit,ours_tensorflow,tf_epoch
    python bench/engine/run.py --size 784-128-10 --batch 256 --rows 65536
    python bench/engine/run.py --sweep              # from tiny to large
    python bench/engine/embedding.py                # large embedding tables

The Python is that of `deeply::deep_install()`; contenders whose library it
lacks (JAX, PyTorch) are listed as not installed. Let nothing else run: a busy
core costs PyTorch's spinning threads tenfold. One size takes about two minutes,
the sweep about ten.

Every contender trains the same network from the same weights on the same rows,
reshuffled each epoch, with Adam. Each has a process of its own, which compiles
first and then trains for a few epochs when it is its turn; the turns go round
in a new order each round, so a machine that slows down slows all. `loss` is
that of the last epoch: where it differs by more than the shuffling explains,
something else was trained.

| contender | a step is |
| --- | --- |
| `keras_fit` | `compile()` and `fit()` with a metric, validation, a callback |
| `keras_fit_tuned` | the same with `steps_per_execution=32` |
| `torch_eager` | the usual PyTorch loop, eager |
| `tf_epoch` | part of an epoch that is one hand-written TensorFlow graph |
| `tf_epoch_xla` | the same, compiled by XLA |
| `tf_epoch_xla_host` | the same, shuffled by NumPy instead of XLA's sort |
| `jax_scan` | part of an epoch that is one hand-written `jax.lax.scan` |
| `jax_scan_host` | the same, shuffled by NumPy instead of XLA's sort |
| `ours_tensorflow`, `ours_jax` | ours: validation, history, callback and all |

`--sweep` also takes each step's matrix products alone, in several libraries,
and one large product. `% shapes` is a contender's speed in percent of the
fastest library on the same products, `% peak` in percent of the large product.
A step counts as the operations of its products, see `Mlp.flops()`.
"""

import argparse

import report
from contenders import MATMUL
from contenders import MLP
from problems import Mlp
from problems import Product
from race import Crew
from race import race
from race import warn_of_spinning

SWEEP = [
    Mlp((10, 16, 1), batch=32, rows=4096),
    Mlp((30, 64, 1), batch=64, rows=16384),
    Mlp((100, 64, 64, 1), batch=128, rows=32768),
    Mlp((200, 256, 256, 1), batch=256, rows=32768),
    Mlp((784, 1024, 1024, 10), batch=1024, rows=16384),
]
# XLA is at its best when it need not shuffle.
SWEEP_CONTENDERS = [
    "keras_fit",
    "tf_epoch_xla_host",
    "ours_tensorflow",
    "ours_jax",
]
PEAK = Product(2048)


def main():
    """Reads the command line, measures and prints."""
    arguments = parse()
    if arguments.sweep:
        sweep(arguments)
    else:
        one_size(arguments)


def one_size(arguments):
    """Everyone on one size."""
    size = arguments.problem
    with Crew(arguments.contenders or list(MLP)) as crew:
        laps = race(crew, size, arguments.rounds)
        facts = crew.machine()
    print(report.machine(facts))
    print(
        f"\n{size.name}, batch {size.batch}, {size.rows} rows, "
        f"{arguments.rounds} rounds\n"
    )
    print(report.steps(laps, crew.absent))
    finish(arguments, facts, [(size, laps)], crew.absent)


def sweep(arguments):
    """A few on many sizes, beside the matrix products alone."""
    contenders = arguments.contenders or SWEEP_CONTENDERS
    with Crew([*contenders, *MATMUL]) as crew:
        peaks = race(crew, PEAK, arguments.rounds, MATMUL)
        results = [(size, race(crew, size, arguments.rounds)) for size in SWEEP]
        facts = crew.machine()
    peak = max(report.gflops(PEAK, lap) for lap in peaks.values())
    print(report.machine(facts))
    print(f"\nPeak: {peak:.1f} GFLOP/s in a product of {PEAK.name}\n")
    print(report.roofline(results, crew.absent, peak))
    finish(arguments, facts, [(PEAK, peaks), *results], crew.absent)


def finish(arguments, facts, results, absent):
    """Warns of what would spoil the times, and keeps them if asked."""
    for _, laps in results:
        warn_of_spinning(laps)
    if arguments.json:
        report.write_json(arguments.json, facts, results, absent)


def parse():
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--size", type=widths, default=(100, 64, 64, 1))
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rows", type=int, default=32768)
    parser.add_argument("--contenders", type=names, metavar="A,B")
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    try:
        arguments.problem = Mlp(arguments.size, arguments.batch, arguments.rows)
    except ValueError as error:
        parser.error(str(error))
    return arguments


def widths(text):
    """`100-64-64-1` as a tuple."""
    return tuple(int(width) for width in text.split("-"))


def names(text):
    """`a,b` as a list of known contenders."""
    chosen = text.split(",")
    for name in chosen:
        if name not in MLP:
            raise argparse.ArgumentTypeError(
                f"no contender {name}; there are {', '.join(MLP)}"
            )
    return chosen


if __name__ == "__main__":
    main()
