"""The base class of all tables, with the conventions set once."""

from __future__ import annotations

import enum
import re
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, RelationshipProperty, declared_attr, mapped_column

from vinculo.db.custom import CURRENT, PREFIX, CustomValues, packed, unpacked
from vinculo.db.personal import PERSONAL
from vinculo.db.types import BigId, Json, Money, UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def _values(members: type[enum.StrEnum]) -> list[str]:
    return [member.value for member in members]


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def _class(module: str, name: str) -> Any:
    return getattr(sys.modules[module], name)


class Base(DeclarativeBase):
    """Every table of the kernel and of plugins: a bigint ``id`` that is never used twice.

    The class that ``Mapped[list[Line]]`` names is the module's own: another plugin may have a ``Line``, too.
    """

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy reads it so
        datetime: UtcDateTime(),
        date: sa.Date(),
        Decimal: Money(),
        dict[str, Any]: Json,
        list[Any]: Json,
        enum.StrEnum: sa.Enum(enum.StrEnum, native_enum=False, length=32, values_callable=_values),
    }

    id: Mapped[int] = mapped_column(BigId, sa.Identity(), primary_key=True, sort_order=-100)

    def __init_subclass__(cls, **options: Any) -> None:
        """Look for what relationships lead to where they are declared, not among all classes there are."""
        for name, made in vars(cls).items():
            if isinstance(made, RelationshipProperty) and made.argument is None:
                target = re.findall(r"\w+", str(cls.__annotations__[name]).replace("None", ""))[-1]
                made.argument = partial(_class, cls.__module__, target)
        super().__init_subclass__(**options)

    @declared_attr.directive
    def __table_args__(cls) -> Any:  # noqa: N805
        """AUTOINCREMENT keeps SQLite from giving a deleted row's id to another: undo needs the id back."""
        return {"sqlite_autoincrement": True}


class Record(Base):
    """What every editable record has: an optimistic lock and who made and changed it when.

    ``external_id`` is the key another system (an ERP, an import file) knows the record by.
    """

    __abstract__ = True

    external_id: Mapped[str | None] = mapped_column(
        sa.String(100), unique=True, sort_order=900, info=PERSONAL
    )
    version: Mapped[int] = mapped_column(sa.Integer, default=1, sort_order=901)
    created_at: Mapped[datetime] = mapped_column(default=now, sort_order=902)
    changed_at: Mapped[datetime] = mapped_column(default=now, sort_order=903)

    @declared_attr
    def created_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The user who made it; None for the system."""
        return mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), sort_order=904)

    @declared_attr
    def changed_by_id(cls) -> Mapped[int | None]:  # noqa: N805
        """The user who changed it last; None for the system."""
        return mapped_column(BigId, sa.ForeignKey("accounts_user.id", ondelete="SET NULL"), sort_order=905)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805
        """An UPDATE that finds another version than was read raises StaleDataError."""
        return {"version_id_col": cls.version}


class Customised:
    """A mixin of records to which a company may add fields: ``class Gift(Customised, Record)``.

    ``custom`` holds their values, which read and write as attributes whose names begin with ``x_``; None
    where there is none (``vinculo.db.custom``).
    """

    custom: Mapped[dict[str, Any] | None] = mapped_column(CustomValues, sort_order=906, info=PERSONAL)

    def __getattr__(self, name: str) -> Any:
        """The value of a custom field."""
        if name.startswith(PREFIX):
            current = self.__dict__.get(CURRENT, {})
            return current[name] if name in current else unpacked((self.custom or {}).get(name))
        raise AttributeError(f"{type(self).__name__} has no attribute {name}")

    def __setattr__(self, name: str, value: Any) -> None:
        """Set a custom field; what says nothing is not kept, so that a record without values stays so."""
        if not name.startswith(PREFIX):
            super().__setattr__(name, value)
            return
        if (stored := packed(value)) == packed(getattr(self, name)):
            return
        self.__dict__.get(CURRENT, {}).pop(name, None)
        kept = {key: old for key, old in (self.custom or {}).items() if key != name}
        self.custom = kept | ({} if stored is None else {name: stored}) or None
