"""The C library's heap: kept from step to step, given back after the run."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
from collections.abc import Iterator

__all__ = ["keep_heap", "kept_heap", "trim_heap"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt(3)
_LARGEST = (1 << 30, 32 << 20)  # bytes; glibc before 2.35 takes no more than the second
_ADAPTED = {_MMAP_THRESHOLD: 32 << 20, _TRIM_THRESHOLD: 64 << 20}  # where glibc's own adapting ends


def keep_heap() -> bool:
    """Makes this process keep memory that is freed, to be handed out again without the system.

    A step of training frees and takes the same hundreds of megabytes again. glibc gives much of it
    back to the system in between, and every page that comes anew is cleared and mapped: some 5,000
    to 20,000 page faults a step for the default model (28 px, batch 128). Measured on 2 virtual
    cores of a Xeon with AMX, one thread, processor time: bf16 130 ms a step before, 98 ms after;
    fp32 303 and 265 ms. Call it before something is computed at length, and :func:`trim_heap`
    afterwards. Returns whether this process has a heap that can be told so; another C library, or
    one that refuses, is left as it is.
    """
    library = _glibc()
    if library is None:
        return False
    # Either setting ends glibc's own adapting: without the larger threshold all would be slower.
    if not any(library.mallopt(_MMAP_THRESHOLD, size) for size in _LARGEST):
        return False
    return bool(library.mallopt(_TRIM_THRESHOLD, (1 << 31) - 1))


def trim_heap() -> None:
    """Ends :func:`keep_heap`: gives what is free back to the system, now and from now on.

    Otherwise the window would never give back what one large array took, because a small one lies
    above it.
    """
    library = _glibc()
    if library is not None:
        for setting, value in _ADAPTED.items():
            library.mallopt(setting, value)
        library.malloc_trim(0)


@contextlib.contextmanager
def kept_heap() -> Iterator[None]:
    """:func:`keep_heap` within it, and :func:`trim_heap` at the end."""
    keep_heap()
    try:
        yield
    finally:
        trim_heap()


@functools.cache
def _glibc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        library = ctypes.CDLL(None)
        library.malloc_trim.argtypes = [ctypes.c_size_t]
        known = library.gnu_get_libc_version is not None and library.mallopt is not None
    except (OSError, AttributeError):
        return None
    return library if known else None
