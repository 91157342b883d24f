"""What a process gives back to the system, which would otherwise count as its own for ever."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Return what was freed, after work that took much at once.

    The allocator of Linux keeps it below whatever was taken later: 25 MB after the API was described.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl keeps nothing
            ctypes.CDLL(None).malloc_trim(0)
