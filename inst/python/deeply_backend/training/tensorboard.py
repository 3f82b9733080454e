"""A log for TensorBoard, on request."""

import contextlib
import os
import socket
import time

NAMES = ("loss", "val_loss", "learn_rate", "grad_norm")


@contextlib.contextmanager
def logged(run, folder):
    """Writes what each epoch of a run measures into a folder, for a while.

    Args:
        run: A `loop.Run`.
        folder: The folder, made if it is missing; `None` for no log.
    """
    if folder is None:
        yield
        return
    # Late: a run on JAX without a log does not wait for TensorFlow's import.
    import tensorflow as tf

    os.makedirs(folder, exist_ok=True)
    # TensorFlow's own summary writers want the package TensorBoard, which only
    # whoever looks at the log needs; the file is a list of plain records.
    name = f"events.out.tfevents.{time.time():.0f}.{socket.gethostname()}"
    writer = tf.io.TFRecordWriter(os.path.join(folder, name))

    def write(**fields):
        event = tf.compat.v1.Event(wall_time=time.time(), **fields)
        writer.write(event.SerializeToString())

    write(file_version="brain.Event:2")
    report = run.on_event

    def report_and_log(event):
        if event["share"] == 1:
            values = [{"tag": x, "simple_value": event[x]} for x in NAMES]
            write(step=event["epoch"], summary={"value": values})
            writer.flush()
        return report(event)

    run.on_event = report_and_log
    try:
        yield
    finally:
        run.on_event = report
        writer.close()
