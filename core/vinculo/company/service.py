"""What the company chose: read over the configuration, changed, and noticed by every process."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.company.models import CompanySetting
from vinculo.db.engine import Database
from vinculo.errors import ConflictError, FieldError, InvalidError
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.settings import CompanySettings, Settings, company_fault

KIND: Final = "company"
RECORD: Final = 1  # there is one company
KEYS: Final = tuple(CompanySettings.model_fields)
CURRENCY: Final = "vinculo_currency"  # of the company, as its database was told


def chosen(session: Session) -> dict[str, str]:
    """What was chosen, as text."""
    found = session.execute(sa.select(CompanySetting.key, CompanySetting.value).order_by(CompanySetting.key))
    return {row.key: row.value for row in found}


def signature(session: Session) -> Hashable:
    """Changes with every choice."""
    return tuple(chosen(session).items())


def in_force(settings: Settings, database: Database) -> Settings:
    """The configuration with what the company chose; a database that is not migrated yet holds nothing.

    Sessions of the database know its currency from then on (``vinculo.company.rates``).
    """
    if sa.inspect(database.engine).has_table(CompanySetting.__tablename__):
        with database.read() as session:
            settings = settings.with_company(chosen(session))
    database.tell(**{CURRENCY: settings.company.currency})
    return settings


def fixed(settings: Settings, key: str) -> str:
    """The variable that holds a key fast; empty if it may be chosen."""
    return settings.origins.variable(["company", key]) or ""


def change(
    session: Session, settings: Settings, values: Mapping[str, str], *, actor: Actor, at: datetime
) -> Mapping[str, tuple[str, str]]:
    """Choose values; returns what changed, before and after. The value of the configuration ends a choice.

    Raises ``InvalidError`` for what does not fit, and ``ConflictError`` for what a variable holds fast.
    """
    before = texts_of(settings.with_company(chosen(session)).company)
    wanted = {key: value for key, value in values.items() if before[key] != value}
    if errors := [
        FieldError(key, fault) for key, value in wanted.items() if (fault := company_fault(key, value))
    ]:
        raise InvalidError(errors)
    for key in wanted:
        if variable := fixed(settings, key):
            text = _(
                "company.%(key)s is held by the variable %(name)s: change it there.", key=key, name=variable
            )
            raise ConflictError(text, code="held_by_variable")
    after = texts_of(settings.with_company({**chosen(session), **wanted}).company)
    changed = {key: (before[key], after[key]) for key in KEYS if before[key] != after[key]}
    configured = texts_of(settings.configured)
    for key, (_before, value) in changed.items():
        _keep(session, key, None if value == configured[key] else value, actor, at)
    if changed:
        _log(session, changed, texts_of(settings.company)["name"], actor, at)
    return changed


def as_text(values: Mapping[str, str | bool]) -> dict[str, str]:
    """Each value as it is stored and typed."""
    return {
        key: str(value).lower() if isinstance(value, bool) else value.strip() for key, value in values.items()
    }


def texts_of(company: CompanySettings) -> dict[str, str]:
    """The same of all settings of a company."""
    return as_text(company.model_dump())


def _keep(session: Session, key: str, value: str | None, actor: Actor, at: datetime) -> None:
    row = session.scalar(sa.select(CompanySetting).where(CompanySetting.key == key).with_for_update())
    if value is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(CompanySetting(key=key, value=value, changed_at=at, changed_by_id=actor.user_id))
    else:
        row.value, row.changed_at, row.changed_by_id = value, at, actor.user_id
    session.flush()


def _log(
    session: Session, changed: Mapping[str, tuple[str, str]], title: str, actor: Actor, at: datetime
) -> None:
    changes = {
        key: [one == "true" if key == "joint_view" else one for one in pair] for key, pair in changed.items()
    }
    log.write(
        session, actor=actor, action="changed", kind=KIND, record_id=RECORD, title=title,
        changes=changes, at=at,
    )  # fmt: skip
