"""Memory from the system before it is needed, and back when it is not.

The system hands out a page of fresh memory at its first touch, which for a big
array takes longer than filling it. Asked in time, it does so on another core
while R still encodes the first rows.
"""

import contextlib
import ctypes
import gc
import mmap
import sys
import threading
import time

import numpy as np

# From here on an array has pages of its own.
OWN_BYTES = 2**20

BIG_BYTES = 32 * 2**20

# MADV_POPULATE_WRITE of madvise(2), Linux 5.14 and newer; refused elsewhere,
# and then pages come at their first touch as ever.
POPULATE_WRITE = 23

# MADV_COLLAPSE, Linux 6.1 and newer; refused elsewhere, and then pages stay.
COLLAPSE = 25


def fresh(size):
    """Bytes `(size,)` of any value, given back as soon as nothing holds them.

    The C library would keep some: as it sees big arrays come and go, it takes
    them from where small pieces lie between.
    """
    if size < OWN_BYTES or sys.platform != "linux":
        return np.empty(size, np.uint8)
    pages = mmap.mmap(-1, size, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    # As NumPy does for its own.
    with contextlib.suppress(OSError):
        pages.madvise(mmap.MADV_HUGEPAGE)
    return np.frombuffer(pages, np.uint8)


def ask_for_pages(memory):
    """Asks for the pages of a big array and returns at once.

    The contents stay as they are, so the array can be written meanwhile.

    Args:
        memory: A contiguous array.

    Returns:
        The thread that waits for the system, or None where nothing was asked.
    """
    if sys.platform != "linux" or memory.nbytes < BIG_BYTES:
        return None
    thread = threading.Thread(
        target=_advise, args=(memory, POPULATE_WRITE), daemon=True
    )
    thread.start()
    # R holds Python's lock between calls: let the thread pass it, into the
    # system call, where it needs no lock.
    time.sleep(0.001)
    return thread


def gather_pages(memory):
    """Moves a big array to big pages, where the system has some.

    Rows that are looked up here and there take no longer to find than to read
    then. The contents stay as they are.

    Args:
        memory: A contiguous array.
    """
    if sys.platform == "linux" and memory.nbytes >= BIG_BYTES:
        _advise(memory, COLLAPSE)


def _advise(memory, advice):
    # `memory` is an argument so that it lives as long as the call.
    start = -(-memory.ctypes.data // mmap.PAGESIZE) * mmap.PAGESIZE
    end = memory.ctypes.data + memory.nbytes
    size = (end - start) // mmap.PAGESIZE * mmap.PAGESIZE
    ctypes.CDLL(None).madvise(
        ctypes.c_void_p(start), ctypes.c_size_t(size), advice
    )


def give_back():
    """Gives memory that is free inside the process back to the system.

    The C library keeps what small pieces lie between, which after training a
    network for images are hundreds of megabytes.
    """
    gc.collect()
    if sys.platform == "linux":
        # Not every C library has it.
        with contextlib.suppress(AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
