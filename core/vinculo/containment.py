"""Code of strangers ends no program: what it raises is an error like any other."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class ExitedError(RuntimeError):
    """A plugin raised what would end the program, such as ``SystemExit``, though nobody asked for its end."""


class _CtrlC:
    """A handler of SIGINT that remembers the signal.

    It tells a ``KeyboardInterrupt`` of a person from one of a plugin: they look alike.
    """

    def __init__(self) -> None:
        self.pressed = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.pressed = True
        signal.default_int_handler(number, frame)


@contextmanager
def contained() -> Iterator[None]:
    """Run code of a plugin: whatever it raises comes out as an ``Exception``. Ctrl-C stays what it is."""
    with _noticing_ctrl_c() as ctrl_c:
        try:
            yield
        except Exception:
            raise
        except BaseException as error:
            if ctrl_c.pressed:
                raise
            raise ExitedError(" ".join(f"{type(error).__name__}: {error}".split())) from error


@contextmanager
def _noticing_ctrl_c() -> Iterator[_CtrlC]:
    """Servers and workers have a handler of their own, and threads never get the signal."""
    current = signal.getsignal(signal.SIGINT)
    in_main_thread = threading.current_thread() is threading.main_thread()
    if isinstance(current, _CtrlC) and in_main_thread:  # one within another
        yield current
        return
    ctrl_c = _CtrlC()
    if current is not signal.default_int_handler or not in_main_thread:
        yield ctrl_c
        return
    signal.signal(signal.SIGINT, ctrl_c)
    try:
        yield ctrl_c
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
