"""How far a job has come, and whether somebody wants it to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Tell = Callable[[int, int | None], None]
_tell: ContextVar[Tell | None] = ContextVar("vinculo.jobs.progress.tell", default=None)


class JobCancelledError(Exception):
    """Somebody has cancelled this job. Let it pass: what is not committed is rolled back."""


def report(done: int, total: int | None = None) -> None:
    """Tell how far the job in this thread has come, of how much if that is known.

    Call it between two transactions, as often as you like: it is written once a second. Raises
    ``JobCancelledError`` soon after the job was cancelled. Outside of a job it does nothing.
    """
    tell = _tell.get()
    if tell is not None:
        tell(done, total)


@contextmanager
def told_to(tell: Tell) -> Iterator[None]:
    """Give what is reported in the block to ``tell``."""
    token = _tell.set(tell)
    try:
        yield
    finally:
        _tell.reset(token)
