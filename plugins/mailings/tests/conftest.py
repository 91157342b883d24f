"""A company with the plugin on and a mail server, and ways to make what is sent."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import User
from vinculo.clients.records import client
from vinculo.settings import Settings
from vinculo.testing.postbox import postbox
from vinculo_mailings import planning, sending
from vinculo_mailings.models import Run, Send
from vinculo_mailings.records import mailing, mailing_list, subscription, template

KINDS = [client, template, mailing_list, mailing]


@pytest.fixture
def plugins_on():
    return ("mailings",)


@pytest.fixture(scope="session")
def server():
    """One mail server for all tests: starting one takes a second."""
    with postbox() as box:
        yield box


@pytest.fixture
def box(server):
    server.letters.clear()
    return server


@pytest.fixture
def own():
    """The table ``[mailings]`` of the configuration."""
    return {}


@pytest.fixture
def settings(database, tmp_path, box, own):
    return Settings.model_validate(
        {
            "database": {"url": database.url.render_as_string(hide_password=False)},
            "files": {"folder": tmp_path / "files"},
            "security": {"secret_key_file": tmp_path / "secret.key"},
            "mail": box.settings.model_dump(),
            "server": {"public_url": "http://localhost"},
            "company": {"name": "Luz"},
            "outgoing": {"allow": ["127.0.0.1"]},
            **({"plugin_tables": {"mailings": own}} if own else {}),
        }
    )


@pytest.fixture
def site(admin):
    return admin.app.state.site


@pytest.fixture
def make_template(make_record):
    def make_template(body="Dear {{ client.name }},\n\nhello.", **payload):
        payload = {"name": "Hello", "subject": "Hi {{ client.name }}", "body": body, **payload}
        return make_record(template, links_to=KINDS, **payload)

    return make_template


@pytest.fixture
def make_list(make_record):
    return lambda name="News", **payload: make_record(mailing_list, name=name, **payload)


@pytest.fixture
def say(make_record):
    """Agree or opt out: ``say("ana@luz.example", "opted_out", list_id=1)``."""

    def say(address, choice, **payload):
        return make_record(subscription, address=address, choice=choice, links_to=KINDS, **payload)

    return say


@pytest.fixture
def make_mailing(admin, make_template, make_record, database):
    """Make a mailing of the administrator; ``to`` are conditions of its audience."""

    def make_mailing(to="stage=active", **payload):
        if "template_id" not in payload:
            payload["template_id"] = make_template().id
        if "owner_id" not in payload:
            with database.read() as session:
                payload["owner_id"] = session.scalar(sa.select(User.id).where(User.login == "admin"))
        made = make_record(mailing, links_to=KINDS, **{"name": "Autumn", **payload})
        answer = admin.put(f"/api/v1/mailings/{made.id}/audience", json={"query": to})
        assert answer.status_code == 200, answer.text
        return made

    return make_mailing


@pytest.fixture
def make_clients(make_client):
    """Clients by their addresses: ``make_clients("ana@luz.example", "")``."""

    def make_clients(*addresses, **values):
        points = ([{"type": "email", "value": one}] if one else [] for one in addresses)
        return [
            make_client(
                one.partition("@")[0].title() or "Nobody", contact_points=some, stage="active", **values
            )
            for one, some in zip(addresses, points, strict=True)
        ]

    return make_clients


@pytest.fixture
def work(site, database):
    """Do what a worker would do now: begin what is due, then send what waits."""

    def begin_and_send():
        put = []
        planning.due(site)
        with database.read() as session:
            runs = session.scalars(sa.select(Run.id).where(Run.done_at.is_(None))).all()
        for run_id in runs:
            put.append(run_id)
            sending.send(site, run_id=run_id, worker=f"worker{run_id}")
        return put

    def work():
        with ThreadPoolExecutor(1) as worker:  # as jobs do; browsers of other tests run a loop in this one
            return worker.submit(begin_and_send).result()

    return work


@pytest.fixture
def sends(database):
    """The ledger: {address: (step, reason)}."""

    def sends():
        with database.read() as session:
            found = session.scalars(sa.select(Send).order_by(Send.id)).all()
            return {one.address: (str(one.step), one.reason) for one in found}

    return sends
