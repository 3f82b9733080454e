"""What ends a run before its time."""


class FaultError(Exception):
    """A step whose loss or gradient is no finite number.

    Args:
        data: What the engine placed.
        rows: The rows of the step, in `data`.
        epoch: The epoch, from 1.
        step: The step in the epoch, from 1; `None` while scoring.
    """

    def __init__(self, data, rows, epoch, step):
        super().__init__(f"no finite number in epoch {epoch}")
        self.data, self.rows = data, rows
        self.epoch, self.step = epoch, step


class OutOfMemoryError(MemoryError):
    """The device has no room for a step.

    Args:
        batch_size: The largest batch that was found to have room; 0 for none.
    """

    def __init__(self, batch_size):
        super().__init__(
            f"batch_size = {batch_size} would fit"
            if batch_size
            else "not even a batch of one row fits"
        )


def is_out_of_memory(error):
    """Whether an error says that the device's memory is full."""
    text = f"{type(error).__name__} {error}"
    return isinstance(error, MemoryError) or any(
        word in text
        for word in ("RESOURCE_EXHAUSTED", "ResourceExhausted", "OOM")
    )


class AskedError(Exception):
    """The user has asked the run to end."""
