"""Ctrl-C as a wish that is asked for between two blocks of steps.

An exception in the middle of a step would lose the state of the run. So while
a network trains, the first Ctrl-C is only remembered, and the loop ends the
run in good order a moment later. A second one interrupts at once.
"""

import ctypes
import signal


class Interrupts:
    """Context in which Ctrl-C is remembered instead of raised."""

    def __init__(self):
        self.asked = False
        self._before = None

    def __enter__(self):
        # R's own handler is no Python object: it is kept and put back in C.
        in_c = _get_handler(signal.SIGINT)
        try:
            handler = signal.signal(signal.SIGINT, self._remember)
        except ValueError:
            # Not the main thread, which never sees the signal anyway.
            return self
        # None: not a Python object. The default is SIG_DFL, which is false.
        if handler is None:
            handler = signal.default_int_handler
        self._before = handler, in_c
        return self

    def __exit__(self, *error):
        if self._before is not None:
            handler, in_c = self._before
            signal.signal(signal.SIGINT, handler)
            _set_handler(signal.SIGINT, in_c)

    def _remember(self, number, frame):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


_get_handler = ctypes.pythonapi.PyOS_getsig
_get_handler.argtypes = [ctypes.c_int]
_get_handler.restype = ctypes.c_void_p
_set_handler = ctypes.pythonapi.PyOS_setsig
_set_handler.argtypes = [ctypes.c_int, ctypes.c_void_p]
_set_handler.restype = ctypes.c_void_p
