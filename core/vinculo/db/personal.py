"""What of a row is about a person, and what erasing that person does to it, as ``info`` of columns and keys.

A column that can hold text says whether it is personal::

    subject: Mapped[str] = mapped_column(sa.String(300), info=NAME)
    note: Mapped[str] = mapped_column(sa.Text, info=PERSONAL)
    currency: Mapped[str] = mapped_column(sa.String(3), info=NOT_PERSONAL)

A row is about those to whom its keys lead. Where that is not all, a key says what erasing them does, as
``info={"on_erase": …}``: ``delete`` takes the row away, ``keep`` leaves it as it is, ``whole`` erases the
row that this key leads to as well, of which this one is a part (decision 0014).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

EMPTY: Final = "empty"
TITLE: Final = "name"
TITLE_KEY: Final = "key"
IDENTIFYING: Final = "identifier"
STORED_FILE: Final = "file"
LEFT: Final = "no"
KEPT: Final = "kept: "

PERSONAL: Final = {"personal": EMPTY}
NAME: Final = {"personal": TITLE}  # another stands in its place: “Erased person 12”
NAME_KEY: Final = {"personal": TITLE_KEY}  # the same made comparable
IDENTIFIER: Final = {"personal": IDENTIFYING}  # emptied, and looked for wherever else it may stand
FILE: Final = {"personal": STORED_FILE}  # the path of a file below files/<plugin>, which goes, too
NOT_PERSONAL: Final = {"personal": LEFT}

DELETE: Final = "delete"
KEEP: Final = "keep"
WHOLE: Final = "whole"
OF_KEYS: Final = (DELETE, KEEP, WHOLE)
ON_ERASE: Final = (EMPTY, *OF_KEYS)
COLUMNS: Final = (EMPTY, TITLE, TITLE_KEY, IDENTIFYING, STORED_FILE, LEFT)


def kept(reason: str) -> dict[str, Any]:
    """``info`` of a column that stays although it is personal: the law wants it; ``reason`` says which."""
    return {"personal": f"{KEPT}{reason}"}


def describe(metadata: sa.MetaData, prefix: str = "") -> dict[str, str]:
    """What the tables that begin with ``prefix`` declare: ``table.column`` → what erasing does."""
    found: dict[str, str] = {}
    for table in metadata.sorted_tables:
        if table.name.startswith(prefix):
            for column in table.columns:
                policy = column.info.get("personal")
                for key in column.foreign_keys:
                    policy = key.info.get("on_erase")
                if policy and (policy != EMPTY or not column.foreign_keys):
                    found[f"{table.name}.{column.name}"] = policy
    return found


def check(metadata: sa.MetaData, prefix: str) -> Iterator[str]:
    """What is wrong with what these tables declare."""
    for table in metadata.sorted_tables:
        if table.name.startswith(prefix):
            for column in table.columns:
                yield from _faults(column, f"{table.name}.{column.name}")


def _faults(column: sa.Column[Any], name: str) -> Iterator[str]:
    said: Mapping[str, Any] = column.info
    policy = said.get("personal", "")
    if not policy and holds_text(column.type):
        yield f"{name} does not say whether it is personal: mapped_column(…, info=PERSONAL or NOT_PERSONAL)"
    if policy and policy not in COLUMNS and not policy.startswith(KEPT):
        yield f"{name} declares an unknown personal={policy!r}"
    if policy == EMPTY and not column.nullable and not holds_text(column.type):
        yield f"{name} is emptied when a person is erased, so it must be nullable"
    for key in column.foreign_keys:
        if key.info.get("on_erase", EMPTY) not in ON_ERASE:
            yield f"{name} declares an unknown on_erase={key.info['on_erase']!r}"


def holds_text(kind: Any) -> bool:
    """Whether a column of this type can hold what people write; choices cannot."""
    kind = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(kind, (sa.String, sa.JSON, sa.LargeBinary)) and not isinstance(kind, sa.Enum)
