"""Templates, lists, consents and two mailings of the sample company."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo.demo.files import write_rows
from vinculo.i18n import gettext as _
from vinculo.people.models import ContactPoint, ContactType
from vinculo.plugins.contributions import DemoFile
from vinculo.plugins.registry import Registry
from vinculo_mailings import ledger
from vinculo_mailings.audience import Recipient
from vinculo_mailings.models import (
    Mailing,
    MailingList,
    Medium,
    Plan,
    Purpose,
    Reach,
    Run,
    Send,
    Stage,
    Step,
    Template,
)

NEWS: Final = """<mjml><mj-body background-color="#f3f4f6"><mj-section background-color="#ffffff">
<mj-column><mj-text font-size="20px" font-family="Arial, sans-serif">Dear {{ client.name }},</mj-text>
<mj-text font-size="16px" line-height="1.6" font-family="Arial, sans-serif">our autumn prices are out.
{% if client.stage == "Permanent" %}As a regular client you keep last year's.{% endif %}</mj-text>
<mj-button background-color="#4f46e5" href="https://luz.example/prices">See the prices</mj-button>
</mj-column></mj-section></mj-body></mjml>"""
SOLVED: Final = """Dear {{ client.name }},

what you wrote to us about is settled: {{ event.title }}.

If anything is still open, just answer this letter.

{{ company.name }}"""
TEMPLATES: Final = (
    ("ML-1", "Autumn prices", "email", "{{ client.name }}, our autumn prices", NEWS),
    ("ML-2", "Complaint is settled", "email", "Settled: {{ event.title }}", SOLVED),
    (
        "ML-3",
        "Reminder by text message",
        "sms",
        "",
        "{{ company.name }}: see you tomorrow, {{ client.name }}.",
    ),
)
OF_TEMPLATES: Final = ("external_id", "name", "channel", "subject", "body")
OF_LISTS: Final = ("external_id", "name", "needs_consent")
OF_SUBSCRIPTIONS: Final = ("external_id", "address", "list", "choice", "client", "said_at", "source")
LISTS: Final = (("ML-1", "News", "no"), ("ML-2", "Invitations", "yes"))


def write(folder: Path, seed: int, today: date) -> Sequence[DemoFile]:
    """Write templates and lists, and what some clients said of them."""
    paths = [folder / f"mailing_{name}.csv" for name in ("templates", "lists", "subscriptions")]
    for path, keys, found in ((paths[0], OF_TEMPLATES, TEMPLATES), (paths[1], OF_LISTS, LISTS)):
        write_rows(path, keys, [dict(zip(keys, row, strict=True)) for row in found])
    with (folder / "clients.csv").open(encoding="utf-8", newline="") as file:
        clients = [row for row in csv.DictReader(file) if row.get("email")]
    rng = Random(f"mailings {seed}")  # noqa: S311 # nosec B311 # a sample
    rows = [
        {
            "external_id": f"MS-{number:04d}",
            "address": row["email"],
            "list": rng.choice(("News", "Invitations")),
            "choice": rng.choices(("subscribed", "opted_out"), (8, 2))[0],
            "client": row["external_id"],
            "said_at": f"{today - timedelta(days=rng.randrange(20, 300))}T10:00:00+00:00",
            "source": "Form at the fair",
        }
        for number, row in enumerate(clients[::3], start=1)
    ]
    write_rows(paths[2], OF_SUBSCRIPTIONS, rows)
    files = [("mailing_template", paths[0]), ("mailing_list", paths[1])]
    if rows:
        files.append(("mailing_subscription", paths[2]))
    return [DemoFile(kind, path, weight=75 + n) for n, (kind, path) in enumerate(files)]


def fill(session: Session, registry: Registry) -> None:
    """A mailing that was sent three weeks ago, and one that waits for complaints to be solved."""
    templates = dict(session.execute(sa.select(Template.external_id, Template.id)).all())
    news = session.scalar(sa.select(MailingList.id).where(MailingList.external_id == "ML-1"))
    if "ML-1" not in templates or "ML-2" not in templates:
        return
    owner = session.scalar(sa.select(sa.func.min(sa.column("id"))).select_from(sa.table("accounts_user")))
    sent = Mailing(
        name=_("Autumn prices"), template_id=templates["ML-1"], purpose=Purpose.MARKETING, list_id=news,
        reach=Reach.FIRST, plan=Plan.ONCE, rule=[["stage[ne]", "lost"]], owner_id=owner, stage=Stage.DONE,
    )  # fmt: skip
    waits = Mailing(
        name=_("When a complaint is solved"), template_id=templates["ML-2"], purpose=Purpose.SERVICE,
        reach=Reach.FIRST, plan=Plan.EVENT, event="complaint.solved", rule=[], owner_id=owner,
    )  # fmt: skip
    session.add_all([sent, waits])
    session.flush()
    _history(session, sent)


def _history(session: Session, one: Mailing) -> None:
    begun = datetime.combine(now().date() - timedelta(days=21), time(9), UTC)
    run = Run(mailing_id=one.id, key="demo", begun_at=begun, done_at=begun + timedelta(minutes=5))
    session.add(run)
    session.flush()
    query = sa.select(Client.id, Client.name, ContactPoint.value, ContactPoint.key)
    query = query.join(ContactPoint, ContactPoint.client_id == Client.id)
    rows = session.execute(query.where(ContactPoint.type == ContactType.EMAIL).order_by(Client.id)).all()
    known = {row.key: Recipient(row.id, row.name, row.value, row.key) for row in rows}
    ledger.enter(session, one, run, known.values())
    run.left_out = {"no_address": 4, "left_list": 2}
    rng = Random(7)  # noqa: S311 # nosec B311 # a sample
    shown = []
    for number, send in enumerate(
        session.scalars(sa.select(Send).where(Send.run_id == run.id).order_by(Send.id))
    ):
        at = begun + timedelta(seconds=number)
        send.step, send.sent_at, send.promised_at, send.created_at = Step.SENT, at, at, begun
        if rng.random() < 0.2:
            send.clicked_at = at + timedelta(hours=rng.randrange(1, 50))
        if number % 17 == 0:
            send.answered_at = at + timedelta(hours=3)
        if rng.random() < 0.03:
            send.opted_out_at = at + timedelta(days=1)
        shown.append({"id": send.id, "client_id": send.client_id, "title": send.title, "at": at})
    ledger.show(session, Medium.EMAIL, shown)
