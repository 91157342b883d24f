"""A process for the pipeline of the sample company, and what its colleagues made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo_deals import tallies
from vinculo_deals.models import Deal, Stage, State
from vinculo_deals.process_models import About, Duty, Step, Way
from vinculo_deals.process_records import rule

STEPS: Final = (  # stage, name, required, weight, due after days, what shows it
    ("Interest", "Ask what is needed", "yes", "2", "3", "hand"),
    ("Interest", "Send the catalogue", "no", "1", "5", "hand"),
    ("Needs are clear", "Agree on an amount", "yes", "2", "7", "field"),
    ("Needs are clear", "Visit the client", "yes", "3", "10", "hand"),
    ("Offer", "Send the offer", "yes", "3", "5", "file"),
    ("Offer", "Have the discount approved", "yes", "2", "", "approval"),
    ("Negotiation", "Talk to whoever decides", "yes", "3", "7", "hand"),
)
RULE: Final = ("Offer", "An amount is agreed", [["amount[empty]", "false"]])
LATE: Final = 0.15
SKIPPED: Final = 0.05
DONE: Final[Mapping[State, float]] = {State.WON: 0.9, State.LOST: 0.6, State.OPEN: 0.75}


def write(folder: Path) -> DemoFile:
    """The steps, as a file; they are there before deals come."""
    path = folder / "deal_steps.csv"
    keys = ("stage", "name", "required", "weight", "due_days", "evidence")
    rows = [
        {"external_id": f"DS-{number}", **dict(zip(keys, one, strict=True)), "stage": f"Sales: {one[0]}",
         "field": "amount" if one[5] == "field" else "", "position": str(number * 10)}
        for number, one in enumerate(STEPS, start=1)
    ]  # fmt: skip
    write_rows(path, tuple(rows[0]), rows)
    return DemoFile("deal_step", path, weight=56)


def fill(session: Session) -> None:
    """A rule, and what was done in deals: all that they have passed, and part of what they are in."""
    stages = {one.name: one for one in session.scalars(sa.select(Stage).order_by(Stage.id.desc()))}
    steps: dict[int, list[Step]] = {}
    for step in session.scalars(sa.select(Step).order_by(Step.id)):
        steps.setdefault(step.stage_id, []).append(step)
    if not steps or RULE[0] not in stages:
        return
    _rule(session, stages[RULE[0]])
    session.execute(sa.delete(Duty))
    order = [one for one in sorted(stages.values(), key=lambda one: one.position or 0) if one.id in steps]
    rng = Random("process")  # noqa: S311 # nosec B311 # a sample
    for deals in session.scalars(sa.select(Deal).order_by(Deal.id)).partitions(500):
        rows = [row for one in deals for row in _duties(rng, one, order, steps)]
        if rows:
            session.execute(sa.insert(Duty), rows)
    tallies.stale_by(session)


def _rule(session: Session, stage: Stage) -> None:
    values = {"name": RULE[1], "stage_id": stage.id, "way": Way.LEAVE, "about": About.DEAL}
    made = service.create(session, rule, Values(dict[str, Any](values)), actor=system(Source.JOB))
    made.conditions = RULE[2]


def _duties(
    rng: Random, deal: Deal, order: Sequence[Stage], steps: Mapping[int, Sequence[Step]]
) -> Iterator[dict[str, Any]]:
    ids = [one.id for one in order]
    last = ids.index(deal.reached_id) if deal.reached_id in ids else -1
    begun = datetime.combine(deal.started_on or deal.stage_since.date(), time(9), UTC)
    for place, stage in enumerate(order[: last + 1]):
        since = begun + timedelta(days=8 * place)
        here = deal.state is State.OPEN and place == last
        since = max(since, now() - timedelta(days=rng.randrange(1, 9))) if here else min(since, now())
        for step in steps[stage.id]:
            yield _duty(rng, deal, stage, step, since)


def _duty(rng: Random, deal: Deal, stage: Stage, step: Step, since: datetime) -> dict[str, Any]:
    days = step.due_days or 8
    due = since + timedelta(days=days)
    row: dict[str, Any] = {
        "deal_id": deal.id, "step_id": step.id, "stage_id": stage.id, "stage": stage.name, "name": step.name,
        "required": step.required, "weight": step.weight, "evidence": step.evidence, "field": step.field,
        "since": since, "due_at": due, "done_at": None, "done_by_id": None, "skipped_at": None,
        "skipped_by_id": None, "reason": "",
    }  # fmt: skip
    drawn, who = rng.random(), deal.responsible_id
    if drawn < DONE[deal.state]:
        after = days + rng.randrange(1, 6) if rng.random() < LATE else rng.randrange(days + 1)
        moment = since + timedelta(days=after)
        if moment <= now():
            row |= {"done_at": moment, "done_by_id": who}
    elif drawn > 1 - SKIPPED:
        row |= {"skipped_at": min(due, now()), "skipped_by_id": who, "reason": "The client is in a hurry"}
    return row
