"""Tables of what was measured."""

import dataclasses
import json
import statistics

import problems


def machine(facts):
    """The machine in two lines."""
    versions = ", ".join(f"{k} {v}" for k, v in facts["versions"].items())
    return f"{facts['processor']}, {facts['cores']} cores\n{versions}"


def table(header, rows):
    """Text in columns: the first to the left, numbers to the right."""
    cells = [header, *rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if _is_text(i, rows) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def steps(laps, absent):
    """What a step costs, and how it compares.

    Ratios are medians of the rounds' ratios: both sides of each were measured
    within seconds of one another.
    """
    header = ["contender", "us/step", "min", "x tf_epoch", "keras_fit x"]
    rows = [
        [
            name,
            f"{lap.median:.1f}",
            f"{min(lap.us):.1f}",
            _ratio(lap, laps.get("tf_epoch")),
            _ratio(laps.get("keras_fit"), lap),
            "" if lap.loss is None else f"{lap.loss:.4f}",
            f"{lap.warm_up:.1f}",
        ]
        for name, lap in laps.items()
    ]
    text = table([*header, "loss", "warm-up s"], rows)
    return "\n".join([text, *reasons(absent)])


def reasons(absent):
    """Lines that say why a contender is not in the table."""
    return [f"{name}: {reason}" for name, reason in absent.items()]


def roofline(results, absent, peak):
    """Where overhead ends and arithmetic begins.

    Args:
        results: List of `(problem, laps)`, laps of contenders and products.
        absent: Dict of contender to the reason.
        peak: GFLOP/s of the large product.
    """
    rows = []
    for problem, laps in results:
        rates = {name: gflops(problem, lap) for name, lap in laps.items()}
        fastest = max(filter(is_matmul, rates), key=rates.get)
        others = [name for name in rates if not is_matmul(name)]
        for name in [*others, fastest]:
            rows.append(
                [
                    problem.name,
                    str(problem.batch),
                    name,
                    f"{laps[name].median:.1f}",
                    f"{rates[name]:.2f}",
                    f"{100 * rates[name] / rates[fastest]:.1f}",
                    f"{100 * rates[name] / peak:.1f}",
                ]
            )
    header = ["size", "batch", "contender", "us/step", "GFLOP/s"]
    text = table([*header, "% shapes", "% peak"], rows)
    return "\n".join([text, *reasons(absent)])


def gflops(problem, lap):
    """Thousand millions of operations a second."""
    return problem.flops() / lap.median / 1e3


def is_matmul(name):
    """Whether a contender only multiplies matrices."""
    return name.startswith("matmul_")


def write_json(path, facts, results, absent):
    """All that was measured, for later."""
    content = {
        "machine": facts,
        "absent": absent,
        "results": [
            {
                "problem": problems.to_json(problem),
                "laps": {n: dataclasses.asdict(lap) for n, lap in laps.items()},
            }
            for problem, laps in results
        ],
    }
    with open(path, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


def _ratio(top, bottom):
    if top is None or bottom is None:
        return "-"
    pairs = zip(top.us, bottom.us, strict=True)
    return f"{statistics.median(a / b for a, b in pairs):.2f}"


def _is_text(column, rows):
    return column == 0 or all(
        not _is_number(row[column]) for row in rows if row[column]
    )


def _is_number(cell):
    return cell.replace(".", "", 1).isdigit() or cell == "-"
