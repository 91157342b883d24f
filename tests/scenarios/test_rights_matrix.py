"""Every route for everybody: what is answered follows from the permission that the route states.

A route that is new is tried without anybody writing a line for it; one without a permission that was
declared fails.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import date
from functools import lru_cache
from io import BytesIO

import pytest

from vinculo.accounts import service
from vinculo.actor import Scope, Source, system
from vinculo.db.base import now
from vinculo.files import store
from vinculo.plugins.discovery import installed, sound
from vinculo.testing.browsing import sign_in
from vinculo.testing.factories import SYSTEM
from vinculo.web.routes import PUBLIC, SIGNED_IN

ADMITTED = "admitted"
REFUSED = "refused"
ABSENT = "absent"
UNKNOWN = "unknown"
WHOSE = ("own", "colleague", "stranger")
# Who may what with whose record, by the scope of the permission.
SEES = {
    Scope.OWN: {"own"},
    Scope.DEPARTMENT: {"own", "colleague"},
    Scope.ALL: {"own", "colleague", "stranger"},
}
# Routes that answer everybody who is signed in, and ask for more once they know of what kind it is.
ALSO = {"/lookup/{name:str}": "clients.client.read"}
PARTIAL = (Scope.OWN, Scope.DEPARTMENT)  # whom the database decides about; all others, the permissions
ACTORS = ("nobody", "without", *PARTIAL, Scope.ALL, "administrator")


PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010100000000376ef9240000000a494441"
    "54789c636000000002000148afa4710000000049454e44ae426082"
)


@pytest.fixture
def plugins_on():
    found = installed()
    return tuple(one.name for one in sound(found, found)[0])


@pytest.fixture
def visit(open_browser):
    """A browser that follows no redirect, and its app."""
    browser = open_browser()
    browser.follow_redirects = False
    site = browser.app.state.site
    browser.app.state.site = replace(site, enqueue=lambda *_job, **_asked: "1")  # none is done here
    return browser


@pytest.fixture
def come_in(database, visit, make_user, make_role, make_department):
    """Make an actor: how they ask a path, and the user of each kind of record."""

    def come_in(actor):
        if actor == "nobody":
            return lambda _path: {}, {}
        make_role("Member", {"*": actor if isinstance(actor, Scope) else None})
        make_department("North"), make_department("South")
        role = "Administrator" if actor == "administrator" else "Member"
        users = {
            "own": make_user("own", role=role, department="North"),
            "colleague": make_user("colleague", department="North"),
            "stranger": make_user("stranger", department="South"),
        }
        with database.write() as session:
            _row, token = service.create_token(
                session, users["own"].id, name="t", actor=system(Source.CLI), now=now()
            )

        def as_they_are(path):
            """A token opens the API alone; some pages end the session, so each has one of its own."""
            if path.startswith("/api/"):
                return {"Authorization": f"Bearer {token}"}
            with database.write() as session:
                sign_in(session, visit, users["own"])
            return {}

        return as_they_are, users

    return come_in


@pytest.fixture
def make_of(
    visit, make_client, make_counterparty, make_person, make_record, make_department, database, settings
):
    """Make a record of a kind that belongs to a user; records that are nobody's are just made."""
    kinds = visit.app.state.site.registry.kinds

    def make_of(kind, user):
        name = secrets.token_hex(6)
        client = make_client(name, responsible_id=user.id)
        match kind.name:
            case "client":
                return client
            case "counterparty":
                return make_counterparty(name, links=[{"client_id": client.id}])
            case "person":
                return make_person(name, client_id=client.id)
            case "department":
                return make_department(name)
            case "file":
                with database.write() as session:
                    about = {"client_id": client.id}
                    return store.store(session, settings, BytesIO(PICTURE), name, actor=SYSTEM, about=about)
            case "membership":
                values = {"client_id": client.id, "segment_id": make_of(kinds["segment"], user).id}
            case "deal_step" | "deal_rule":
                pipeline = make_of(kinds["pipeline"], user)
                values = {"name": name, "stage_id": pipeline.stages[0].id}
            case _:
                values = values_of(kind, name, client, user)
                if above := PART_OF.get(kind.name):
                    values[above[0]] = make_of(kinds[above[1]], user).id
        return make_record(kind, links_to=[*kinds.values()], **values)

    return make_of


PART_OF = {
    "mailing": ("template_id", "mailing_template"),
    "mailing_send": ("mailing_id", "mailing"),
    "variant": ("product_id", "product"),
    "participant": ("event_id", "marketing_event"),
    "price_rule": ("list_id", "price_list"),
    "quotation": ("deal_id", "deal"),
    "credit_note": ("invoice_id", "invoice"),
    "stock_location": ("warehouse_id", "warehouse"),
    **dict.fromkeys(("outlet", "own_account", "cash_desk"), ("company_id", "own_company")),
}


def values_of(kind, name, client, user):
    """What a record of a client, or of a user, cannot be without."""
    goal = {"metric": "interactions_contacts", "target": "5", "due_on": "2099-01-01"}
    day = date.fromordinal(700_000 + int(name, 16) % 2_000_000)  # of each pair of currencies one a day
    special = {
        "exchange_rate": {"currency": "EUR", "day": f"{day}", "rate": "1.0823"},
        "goal": {"client_id": client.id, "owner_id": user.id, **goal},
        "interaction": {"client_id": client.id},
        "mailing": {"owner_id": user.id},
        "mailing_bounce": {"address": f"{name}@luz.example"},
        "mailing_send": {"client_id": client.id, "address": f"{name}@luz.example"},
        "mailing_subscription": {"client_id": client.id, "address": f"{name}@luz.example"},
        "mailing_template": {"channel": "sms", "body": "Hello"},
        "note": {"client_id": client.id},
        "invoice": {"client_id": client.id, "responsible_id": user.id, "state": "issued", "amount": "9.00"},
        "credit_note": {"amount": "1.00"},
        "order": {"client_id": client.id, "responsible_id": user.id, "amount": "9.00"},
        "payment": {"client_id": client.id, "amount": "1.00"},
        "payment_term": {"client_id": client.id, "days": 9},
        "complaint": {"client_id": client.id},
        "deal": {"client_id": client.id},
        "pipeline": {"stages": [{"name": one, "state": one} for one in ("open", "won", "lost")]},
        "own_account": {"number": f"{int(name, 16)}"},
        "price_rule": {"amount": "1.00"},
        "segment": {"owner_id": user.id, "way": "manual"},
        "task": {"client_id": client.id},
        "stock_document": {"client_id": client.id},
        "participant": {"client_id": client.id},
        "touch": {"client_id": client.id},
        "consent": {"client_id": client.id, "email": f"{name}@luz.example", "text": "Yes"},
        "web_form": {"slug": name, "consent": "Yes"},
        "task_plan": {"steps": [{"subject": "Call", "days": 1, "whose": "applier"}]},
    }
    title = {"note": "text", "touch": "source"}.get(kind.name, kind.title)
    titled = {} if kind.field(title).read_only else {title: name}
    return {**titled, **special.get(kind.name, {})}


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("actor", ACTORS, ids=str)
def test_what_a_route_answers_follows_from_its_permission(actor, visit, come_in, make_of):
    found = unlike_their_rights(actor, visit, come_in, make_of)
    assert not found, "\n".join(found)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("actor", PARTIAL, ids=str)
def test_what_is_anothers_stays_so_on_postgresql(actor, visit, come_in, make_of):
    found = unlike_their_rights(actor, visit, come_in, make_of)
    assert not found, "\n".join(found)


def unlike_their_rights(actor, visit, come_in, make_of):
    """Ask every route; the answers that do not follow from the rights of who asks."""
    as_they_are, users = come_in(actor)
    registry = visit.app.state.site.registry
    kinds = {kind.url: kind for kind in registry.kinds.values() if kind.exposed}
    to_read = lru_cache(make_of)  # what is only looked at serves many routes
    wrong = []
    for path, method, permission in routes(visit.app):
        kind = kinds.get("/" + path.removeprefix("/api/v1").split("/")[1]) if "{record_id" in path else None
        for whose in WHOSE if kind and actor in PARTIAL else WHOSE[-1:]:
            make = to_read if method == "GET" else make_of
            record = make(kind, users[whose]) if kind and users else None
            beside = make(registry.kinds["client"], users[whose]).id if record and "{client_id" in path else 0
            url = filled(path.replace("{client_id:int}", f"{beside or 999_999}"), record, kind)
            sent = {"headers": as_they_are(path), **BODY(path, method)}
            got = answer(visit.request(method, url, **sent), permission)
            wanted = expected(registry, actor, path, permission, kind, whose)
            if actor == "nobody" and method != "GET" and got == REFUSED:
                continue  # a form without its token is refused before anybody is asked who they are
            nothing = record is None or any(
                one in path
                for one in ("{event_id", "{version", "{other_id", "{row_id", "{item_id", "{duty_id")
            )
            if got != wanted and not (wanted == ADMITTED and got == ABSENT and nothing):
                wrong.append(f"{method} {path} ({permission}) of {whose}: {got} instead of {wanted}")
    return wrong


def routes(app):
    """(path, method, permission) of all routes but files; those that read come first."""
    found = [
        (route.path, method, handler.opt["permission"])
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"OPTIONS", "HEAD"}
        if not route.path.startswith(("/static", "/api/v1/-")) and "permission" in handler.opt
    ]
    assert len(found) > 100
    return sorted(found, key=lambda one: (one[1] != "GET", one[1] == "DELETE", one))


def filled(path, record, kind):
    field = next((one.name for one in kind.writable()), "") if kind else ""
    path = path.replace("/fields/{name:str}", f"/fields/{field}")
    path = path.replace("{record_id:int}", str(record.id if record else 999_999))
    path = re.sub(r"{\w+:int}", "999999", path)
    return path.replace("/lookup/{name:str}", "/lookup/client").replace("{name:str}", "client")


def BODY(path, method):  # noqa: N802
    if method == "GET":
        return {}
    return {"json": {}} if path.startswith("/api/") else {"data": {"version": "99"}}


def answer(response, permission):
    if permission == PUBLIC and response.status_code in (401, 404):
        return ADMITTED  # a step of signing in that nobody has begun
    if response.status_code == 401 or response.headers.get("location", "").startswith("/sign-in?"):
        return UNKNOWN
    if response.headers.get("location", "") == "/sign-in" and permission != PUBLIC:
        return UNKNOWN
    if response.status_code == 404:
        return ABSENT
    assert response.status_code < 500, response.text
    return REFUSED if response.status_code == 403 else ADMITTED


def expected(registry, actor, path, permission, kind, whose):
    if permission == PUBLIC:
        return ADMITTED
    if actor == "nobody":
        return UNKNOWN
    if actor == "administrator" or (permission == SIGNED_IN and path not in ALSO):
        return ADMITTED
    if actor == "without" or registry.permissions[ALSO.get(path, permission)].administrative:
        return REFUSED
    if kind is None or not kind.scoped or whose in SEES[actor]:
        return ADMITTED
    return ABSENT
