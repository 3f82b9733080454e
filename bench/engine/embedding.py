"""What a training step costs as an embedding table grows.

    python bench/engine/embedding.py [--rounds 3] [--json FILE]

A batch looks up at most as many rows of the table as it has, so a step need
not cost more where the table is large. Keras' Adam updates the whole table
each step; PyTorch's `SparseAdam` updates the rows that were looked up.
"""

import argparse

import report
from contenders import EMBEDDING
from problems import Embedding
from race import Crew
from race import race
from race import warn_of_spinning

SIZES = [
    Embedding(levels, width=16, batch=256, rows=65_536)
    for levels in (10_000, 100_000, 1_000_000)
]


def main():
    """Measures and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", metavar="FILE")
    arguments = parser.parse_args()
    with Crew(list(EMBEDDING)) as crew:
        results = [(size, race(crew, size, arguments.rounds)) for size in SIZES]
        facts = crew.machine()
    print(report.machine(facts))
    print("\nMicroseconds a step, by rows of the table\n")
    print("\n".join([table(results), *report.reasons(crew.absent)]))
    for _, laps in results:
        warn_of_spinning(laps)
    if arguments.json:
        report.write_json(arguments.json, facts, results, crew.absent)


def table(results):
    """One row a contender, one column a size."""
    rows = [
        [
            name,
            *(
                f"{laps[name].median:.1f}" if name in laps else "-"
                for _, laps in results
            ),
        ]
        for name in results[0][1]
    ]
    header = ["contender", *(f"{size.levels:,}" for size, _ in results)]
    return report.table(header, rows)


if __name__ == "__main__":
    main()
