"""Killed at any point, a mailing goes to nobody twice and forgets nobody."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from vinculo.clients.models import Client
from vinculo.people.models import ContactPoint
from vinculo_mailings import ledger, planning, sending
from vinculo_mailings.models import Run, Send

WORKER = Path(__file__).with_name("killed_worker.py")
MANY = 300
POINTS = ("before it is promised", "once it is promised", "once it is taken", "while a handful is taken")


def test_what_arrived_and_the_ledger_agree_address_by_address(
    admin, make_mailing, box, database, settings, site
):
    addresses = [f"client{number}@luz.example" for number in range(MANY)]
    with database.write() as session:
        for address in addresses:
            points = [ContactPoint(type="email", value=address, key=address)]
            session.add(Client(name=address, name_key=address, stage="active", contact_points=points))
    made = make_mailing()
    admin.post(f"/mailings/{made.id}/do/start")
    planning.due(site)

    asked = settings.model_dump(
        mode="json", include={"database", "files", "mail", "server", "security", "company"}
    )
    asked["mail"]["password"] = ""
    command = [sys.executable, str(WORKER), json.dumps(asked), *POINTS, "never"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [*(f"{point}: killed" for point in POINTS), "never: ended"]

    arrived = Counter(letter["To"] for letter in box.letters)
    with database.read() as session:
        ledger = dict(session.execute(sa.select(Send.address, Send.step)).all())
        assert session.scalar(sa.select(Run.done_at)) is not None
    assert len(ledger) == MANY
    assert set(arrived.values()) == {1}, "nobody got it twice"
    assert Counter(ledger.values()) == {"sent": MANY - 3, "unsure": 3}
    sent = {address for address, step in ledger.items() if step == "sent"}
    unsure = set(ledger) - sent
    assert sent <= set(arrived), "what is called sent has arrived"
    assert set(arrived) - sent <= unsure, "what arrived is sent, or unsure"
    assert len(unsure & set(arrived)) == 2, "one was promised, and not sent to its end"

    page = admin.get(f"/mailings/{made.id}").text
    assert "Send them again" in page
    tokens = {one["To"]: one["Message-ID"].strip("<>").partition("@")[0] for one in box.letters}
    for came in unsure & set(arrived):
        admin.get(f"/m/{tokens[came]}/o.gif")
    admin.post(f"/mailings/{made.id}/do/again")
    sending.send(site, run_id=1, worker="another job")
    assert Counter(letter["To"] for letter in box.letters) == dict.fromkeys(addresses, 1)
    with database.read() as session:
        assert set(session.scalars(sa.select(Send.step))) == {"sent"}


def test_a_long_mailing_goes_from_job_to_job(admin, make_clients, make_mailing, box, site, monkeypatch):
    """A job of which a worker was killed thrice is given up, so none lasts as long as a long mailing."""
    make_clients(*(f"client{number}@luz.example" for number in range(ledger.HANDFUL + 5)))
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    planning.due(site)
    put = []
    site = replace(site, enqueue=lambda _session, name, **asked: put.append((name, asked)))
    monkeypatch.setattr(sending, "TURN", -1)
    sending.send(site, run_id=1, worker="the job")
    assert len(box.letters) == ledger.HANDFUL
    [(name, asked)] = put
    assert (name, asked["run_id"]) == (sending.JOB, 1)
    assert asked["worker"] != "the job"
    sending.send(site, **asked)
    sending.send(site, **put[-1][1])
    assert len(box.letters) == ledger.HANDFUL + 5
    assert len(put) == 2


def test_a_database_that_is_away_is_waited_for(
    admin, make_clients, make_mailing, box, database, site, monkeypatch
):
    """What the server has taken is known to the job alone: it stays until it is written down."""
    make_clients(*(f"client{number}@luz.example" for number in range(5)))
    admin.post(f"/mailings/{make_mailing().id}/do/start")
    planning.due(site)
    real, calls = ledger.write, []

    def write(*given):
        calls.append(given)
        if len(calls) in (3, 4):
            raise OperationalError("", {}, Exception("the server closed the connection"))
        real(*given)

    monkeypatch.setattr(ledger, "write", write)
    monkeypatch.setattr(sending.time, "sleep", lambda _seconds: None)
    sending.send(site, run_id=1, worker="the job")
    with database.read() as session:
        assert [*session.scalars(sa.select(Send.step))] == ["sent"] * 5
    assert len(box.letters) == 5
