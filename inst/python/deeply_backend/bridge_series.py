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


def window_baseline(kind, rows, n_train, asked, seed):
    """Forecasts `(windows, ahead)` of a simple model for some windows.

    Args:
        kind: "linear" or "trees".
        rows: The windows to learn from, first, and those to forecast.
        n_train: How many are to learn from.
        asked: Dict of what the model needs to know of the windows, see
            `models.forecaster.build()`.
        seed: Integer.
    """
    fit = {"linear": window_baselines.linear, "trees": window_baselines.trees}
    return fit[kind](rows, int(n_train), asked, int(seed)).astype("float64")
