"""The sample company's groups, by hand and by conditions, and goals for its first clients."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.demo.files import write_rows
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.plugins.registry import Registry
from vinculo_segments import service
from vinculo_segments.models import Goal, Measure, Segment, Way

FAIR = "S-1"
INVITED = 12
FIGURE = "interactions_contacts"


def groups(folder: Path) -> Path:
    """Write ``groups.csv``: who is invited to the fair."""
    path = folder / "groups.csv"
    row = {"external_id": FAIR, "name": _("Fair"), "way": "manual", "shared": "yes", "description": ""}
    write_rows(path, tuple(row), [row])
    return path


def members(folder: Path, today: date) -> Path:
    """Write ``memberships.csv`` with the first clients."""
    path = folder / "memberships.csv"
    rows = [
        {
            "external_id": f"SM-{number}",
            "group": FAIR,
            "client": client,
            "joined": f"{today - timedelta(number)}",
        }
        for number, client in enumerate(_clients(folder)[:INVITED], start=1)
    ]
    write_rows(path, ("external_id", "group", "client", "joined"), rows)
    return path


def goals(folder: Path, today: date) -> Path:
    """Write ``goals.csv``: to talk with the first clients, within this year."""
    path = folder / "goals.csv"
    first, last = today - timedelta(days=90), today + timedelta(days=90)
    rows = [
        {"external_id": f"SG-{number}", "name": "20", "client": client, "figure": FIGURE, "target": "20",
         "base_on": f"{first}", "due_on": f"{last}", "base": "0"}
        for number, client in enumerate(_clients(folder)[:3], start=1)
    ]  # fmt: skip
    write_rows(path, tuple(rows[0]), rows)
    return path


def fill(session: Session, registry: Registry) -> None:
    """Groups by conditions, but for those that ask a plugin which is not there; one of them has a goal."""
    made = [_group(session, registry, *one) for one in _rules()]
    silent, today = made[0], now().date()
    if silent is not None:
        goal = Goal(
            name=_("Talk again with those who are silent"), segment_id=silent.id, metric=FIGURE,
            target=Decimal(200), base=Decimal(0), base_on=today - timedelta(days=30),
            due_on=today + timedelta(days=60), measure=Measure.SUM, owner_id=silent.owner_id,
        )  # fmt: skip
        session.add(goal)


def _rules() -> Iterator[tuple[str, Way, list[tuple[str, str]]]]:
    """Names in the language of the company, ways and conditions."""
    yield (
        _("Silent for two months"),
        Way.LIVE,
        [
            ("stage[in]", "active,permanent"),
            ("interactions_silent_days[gte]", "60"),
        ],
    )
    yield (
        _("Called or met this month"),
        Way.LIVE,
        [
            ("has_interaction1.type[in]", "call_in,call_out,meeting"),
            ("has_interaction1.happened_at[gte]", "-30d"),
        ],
    )
    yield (
        _("Prospects or quiet customers"),
        Way.STORED,
        [
            ("any1.stage", "potential"),
            ("any1.all1.stage", "active"),
            ("any1.all1.interactions_contacts[lt]", "3"),
        ],
    )
    yield _("Something is late"), Way.LIVE, [("tasks_overdue[gte]", "1"), ("stage[ne]", "lost")]


def _group(
    session: Session, registry: Registry, name: str, way: Way, rule: list[tuple[str, str]]
) -> Segment | None:
    actor, users = system(Source.CLI), registry.kinds["user"].table
    owner = session.scalar(sa.select(sa.func.min(users.c.id)))
    group = Segment(name=name, way=way, shared=True, owner_id=owner)
    with session.begin_nested() as savepoint:
        session.add(group)
        session.flush()
        try:
            service.set_rule(session, registry, group, rule, actor=actor, typed=True)
        except VinculoError:
            savepoint.rollback()
            return None
    if way is Way.STORED:
        service.refresh(session, registry, group, actor=actor)
    return group


def _clients(folder: Path) -> list[str]:
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        return [row["external_id"] for row in csv.DictReader(file)]
