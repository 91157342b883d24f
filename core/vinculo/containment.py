"""Code of strangers ends no program: what it raises is an error like any other."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


class ExitedError(RuntimeError):
    """A plugin raised what would end the program, such as ``SystemExit``, though nobody asked for its end."""


@contextmanager
def contained() -> Iterator[None]:
    """Run code of a plugin: whatever it raises comes out as an ``Exception``. Ctrl-C stays what it is."""
    with _noticing_ctrl_c() as pressed:
        try:
            yield
        except Exception:
            raise
        except BaseException as error:
            if pressed():
                raise
            raise ExitedError(" ".join(f"{type(error).__name__}: {error}".split())) from error


@contextmanager
def _noticing_ctrl_c() -> Iterator[Callable[[], bool]]:
    """Tell a ``KeyboardInterrupt`` of a person from one of a plugin: they look alike.

    Servers and workers have a handler of their own for the signal, and threads never get it.
    """
    pressed = threading.Event()

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.set()
        signal.default_int_handler(number, frame)

    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
