"""A log for TensorBoard, on request."""

import contextlib


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

    writer = tf.summary.create_file_writer(folder)
    report = run.on_event

    def report_and_log(event):
        if event["share"] == 1:
            with writer.as_default(step=event["epoch"]):
                for name in ("loss", "val_loss", "learn_rate", "grad_norm"):
                    tf.summary.scalar(name, event[name])
            writer.flush()
        return report(event)

    run.on_event = report_and_log
    try:
        yield
    finally:
        run.on_event = report
        writer.close()
