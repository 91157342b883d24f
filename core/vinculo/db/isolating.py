"""Parts of a page that may fail without spoiling the transaction of the others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy.orm import Session

READS: Final = "vinculo.reads"  # in the info of a session that keeps nothing


@contextmanager
def isolated(session: Session) -> Iterator[None]:
    """Take back what the block did to the session, if it raises; the rest of the page goes on in it.

    A savepoint around each part would take as long as its query. A session to read with has nothing to
    keep: what fails there ends its transaction, and the next part begins another.
    """
    if not session.info.get(READS):
        with session.begin_nested():
            yield
        return
    try:
        yield
    except BaseException:
        session.rollback()
        raise
    if _is_aborted(session):  # the block has caught what failed, and would leave it to the next part
        session.rollback()


def _is_aborted(session: Session) -> bool:
    """Whether PostgreSQL takes no more statements in this transaction."""
    if session.get_bind().dialect.name != "postgresql" or not session.in_transaction():
        return False
    driver: Any = session.connection().connection.dbapi_connection
    return bool(driver.info.transaction_status.name == "INERROR")
