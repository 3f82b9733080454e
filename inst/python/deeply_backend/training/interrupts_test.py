import contextlib
import ctypes
import os
import signal
import threading

import pytest

from deeply_backend.training.interrupts import Interrupts


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


@contextlib.contextmanager
def handled_by(handler):
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def test_ctrl_c_is_remembered_and_not_raised():
    with Interrupts() as interrupts:
        assert not interrupts.asked
        interrupt()
        assert interrupts.asked


def test_a_second_ctrl_c_interrupts_at_once():
    with pytest.raises(KeyboardInterrupt), Interrupts():
        interrupt()
        interrupt()


@pytest.mark.parametrize("fails", [False, True])
def test_ctrl_c_is_what_it_was_before_once_the_run_is_over(fails):
    with handled_by(signal.default_int_handler):
        for _ in range(2):
            with contextlib.suppress(ValueError), Interrupts():
                interrupt()
                if fails:
                    raise ValueError
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
            with pytest.raises(KeyboardInterrupt):
                interrupt()


def test_a_handler_of_the_users_own_comes_back():
    calls = []
    with handled_by(lambda *arguments: calls.append(arguments)):
        with Interrupts():
            interrupt()
        assert calls == []
        interrupt()
        assert [number for number, _ in calls] == [signal.SIGINT]


@pytest.mark.parametrize("handler", [signal.SIG_DFL, signal.SIG_IGN])
def test_the_systems_own_answers_come_back(handler):
    with handled_by(handler):
        with Interrupts() as interrupts:
            interrupt()
        assert interrupts.asked
        assert signal.getsignal(signal.SIGINT) is handler
        if handler is signal.SIG_IGN:
            interrupt()


def test_a_handler_that_python_does_not_know_comes_back():
    # As R's own: a function in C, set without Python.
    calls = []
    kind = ctypes.CFUNCTYPE(None, ctypes.c_int)
    handler = kind(calls.append)
    address = ctypes.cast(handler, ctypes.c_void_p).value
    set_handler = ctypes.pythonapi.PyOS_setsig
    set_handler.argtypes = [ctypes.c_int, ctypes.c_void_p]
    set_handler.restype = ctypes.c_void_p
    before = set_handler(signal.SIGINT, address)
    try:
        with Interrupts() as interrupts:
            interrupt()
        assert interrupts.asked
        assert calls == []
        interrupt()
        assert calls == [signal.SIGINT]
    finally:
        set_handler(signal.SIGINT, before)


def test_outside_the_main_thread_nothing_is_touched():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def work():
        with Interrupts() as interrupts:
            seen.append(signal.getsignal(signal.SIGINT))
        seen.append(interrupts.asked)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before, False]
    assert signal.getsignal(signal.SIGINT) is before
