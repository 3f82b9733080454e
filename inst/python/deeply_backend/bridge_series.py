"""The verbs for series and their windows; see `bridge.py`."""

import numpy as np

from deeply_backend.data.series import Panel
from deeply_backend.data.series import WindowRows
from deeply_backend.judge import window_baselines


def panel(past, target, known_target, codes, known, static, how):
    """A handle of all series, one behind the other; see `Panel`.

    Args:
        past: `(times, features)`.
        target: `(times,)`.
        known_target: `(times,)`: whether the target is known.
        codes: `(times, columns)`.
        known: `(times, columns)`.
        static: `(series, columns)`.
        how: `(series, 4)`.
    """
    target = np.where(np.ravel(known_target), np.ravel(target), np.nan)
    return Panel(past, target, codes, known, static, how)


def window_rows(panel, starts, series, lookback, ahead):
    """Windows of a panel as rows to train on; see `WindowRows`."""
    return WindowRows(panel, starts, series, lookback, ahead)


def predict_windows(handle, rows):
    """Outputs `(windows, ahead * outputs)`, float64."""
    parts = [handle.predict(inputs) for inputs, _ in rows.blocks()]
    return np.concatenate(parts)


def learn_baseline(kind, rows, n_train, asked, seed):
    """What a simple model learns of some windows, to be kept.

    Args:
        kind: "linear" or "trees".
        rows: The windows, those to learn from first.
        n_train: How many are to learn from.
        asked: Dict of what the model needs to know of the windows, see
            `models.forecaster.build()`.
        seed: Integer.

    Returns:
        An array, or bytes.
    """
    model = window_baselines.KINDS[kind](asked)
    return model.fit(rows, int(n_train), int(seed))


def apply_baseline(kind, learned, rows, first, asked):
    """Forecasts `(windows, ahead)` of a simple model.

    Args:
        kind: As for `learn_baseline()`.
        learned: What it gave.
        rows: The windows.
        first: The first of them to forecast, from 0.
        asked: As for `learn_baseline()`.
    """
    model = window_baselines.KINDS[kind](asked, learned)
    return model.predict(rows, int(first)).astype("float64")
