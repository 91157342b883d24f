"""Plugins in every combination that matters: each alone, each off alone, every two in each of four states.

One database at the head of all of them, with rows in every table, is used for all combinations of a run.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import (
    KERNEL_HISTORY,
    Host,
    Switchboard,
    all_histories,
    assemble,
    enabled_histories,
    histories,
    load_registry,
    prepare_jobs,
)
from vinculo.db import rows
from vinculo.db.engine import Database
from vinculo.db.histories import require_current
from vinculo.db.migrations import upgrade
from vinculo.events.models import Event
from vinculo.files import store
from vinculo.plugins import discovery, switch
from vinculo.plugins.models import PluginState
from vinculo.settings import Settings
from vinculo.testing import factories
from vinculo.testing.browsing import sign_in
from vinculo.testing.databases import migrate
from vinculo.transfer import reading

ADMIN = system(Source.CLI)
EXAMPLES = sorted(path.parent.name for path in Path(__file__).parent.glob("examples/*/pyproject.toml"))
PLUGINS = sorted({*discovery.installed(), *EXAMPLES, "loyalty"})
COMBINATIONS = {
    "none": (),
    "all": PLUGINS,
    **{f"only {name}": (name,) for name in PLUGINS},
    **{f"without {name}": [one for one in PLUGINS if one != name] for name in PLUGINS},
    **{
        f"without half {bit}{off}": [one for at, one in enumerate(PLUGINS) if at >> bit & 1 != off]
        for bit in range((len(PLUGINS) - 1).bit_length())
        for off in (0, 1)
    },
}
# Pairwise testing: “none”, “all” and each “without” have every two plugins in each of the four states that
# what they require allows. The halves, by the digits of a plugin's number in the binary system, have nearly
# any two together, apart and off among fewer others. All pairs would grow with the square of the plugins.
SHARED = (  # the pages of a kind that plugins add to, and reports
    "", "/new", "/{record_id:int}", "/{record_id:int}/edit", "/reports", "/reports/{name:str}",
)  # fmt: skip
WHOLE = ("none", "all")  # every page is asked for; of the others those that plugins have or add to
OF_A_STEP = ("/sign-in/", "/forgot", "/settings/security/")  # there only while somebody is taking it
PARTICULAR = {  # what else a record of a kind cannot be without
    "exchange_rate": {"currency": "EUR", "day": "2026-03-02", "rate": "1.0823"},
    "mailing_bounce": {"address": "ana@luz.example"},
    "mailing_send": {"address": "ana@luz.example"},
    "mailing_subscription": {"address": "ana@luz.example"},
    "pipeline": {"stages": [{"name": one, "state": one} for one in ("open", "won", "lost")]},
    "invoice": {"state": "issued", "amount": "9.00"},
    "credit_note": {"amount": "1.00"},
    "payment": {"desk_id": None},
    "price_rule": {"variant_id": None, "group_id": None, "other_list_id": None, "amount": "1.00"},
    "segment": {"way": "manual"},
    "goal": {"segment_id": None, "metric": "interactions_contacts", "due_on": "2099-01-01", "target": "5"},
    "task": {"due_on": "2026-11-30"},
    "consent": {"email": "ana@luz.example"},
    "web_form": {"slug": "luz", "consent": "Yes"},
    "task_plan": {"steps": [{"subject": "Call", "days": 1, "whose": "applier"}]},
}
BESIDES = ("accounts_session", "plugins_plugin", "events_head", "records_export")  # used, or what is tested


@pytest.fixture(scope="module")
def new_url(database_kind, request, tmp_path_factory):
    """The address of another empty database."""
    if database_kind == "sqlite":
        return lambda: f"sqlite:///{tmp_path_factory.mktemp('matrix') / 'vinculo.db'}"
    return request.getfixturevalue("postgres_server").create


@contextmanager
def opened(url, folder):
    database = Database(url)
    settings = Settings.model_validate({"database": {"url": url}, "files": {"folder": folder}})
    yield Host.of(settings, database)
    database.close()


@pytest.fixture(scope="module")
def host(examples, new_url, tmp_path_factory):
    """A company that has used every plugin."""
    url = new_url()
    migrate(url, all_histories(), prepare=[prepare_jobs])
    with opened(url, tmp_path_factory.mktemp("files")) as host:
        Switchboard(host, assemble).switch_all_on(actor=ADMIN)
        fill(host)
        yield host


def fill(host):
    """A record of every kind, each linked to the one client, person and so on that there is."""
    registry = load_registry(host.settings, host.database)
    with host.database.write() as session:
        made = {
            "user": factories.make_user(session, "root", role=Role.ADMINISTRATOR),
            "client": factories.make_client(session, "Padaria Luz"),
            "counterparty": factories.make_counterparty(session),
            "person": factories.make_person(session),
        }
        kinds = registry.kinds
        for name, kind in kinds.items():
            if name == "file":
                about = {"client_id": made["client"].id}
                made[name] = store.store(
                    session, host.settings, BytesIO(b"x"), "x.txt", actor=ADMIN, about=about
                )
            elif name not in made and kind.exposed:
                made |= parts(session, kinds, kind, made)
                values = required(kind, made) | PARTICULAR.get(name, {})
                made[name] = factories.make_record(session, kind, links_to=[*kinds.values()], **values)


def parts(session, kinds, kind, made):
    """The first of each kind that has no pages, being a part of another, such as a stage of a pipeline."""
    wanted = {one.kind for one in kind.links() if one.required} - made.keys()
    return {
        name: session.scalars(sa.select(kinds[name].model).order_by(kinds[name].model.id)).first()
        for name in wanted if name in kinds and not kinds[name].exposed
    }  # fmt: skip


def required(kind, made):
    """What a record of this kind cannot be without."""
    links = {one.name: made[one.kind].id for one in kind.links() if one.kind in made and not one.read_only}
    texts = {
        one.name: 1 if type(one).__name__ != "TextField" else "Luz"
        for one in kind.writable()
        if one.required and one.default is None and one.name not in links
    }
    return {**texts, **links}


def closed(names):
    """These plugins without those that lack what they require."""
    return {one.name for one in discovery.sound(discovery.installed(), names)[0]}


def with_required(names):
    """These plugins with what they require."""
    found = discovery.installed()
    while True:
        more = {other for name in names for other in found[name].manifest.required} | set(names)
        if more == set(names):
            return more
        names = more


def switch_to(host, names):
    """Write the states as they are after any switches: the matrix is about apps, not about the way."""
    with host.database.write() as session:
        for row in session.scalars(sa.select(PluginState)).all():
            state = "on" if row.name in names else "off"
            switch.record(session, row, row.name, state, actor=ADMIN)


def kernel_rows(host, events):
    """The hash of each table of the kernel; of the log, that of the first ``events``: exports are logged."""
    with reading.snapshot(host.database) as connection:
        names = [name for name in reading.table_names(connection) if KERNEL_HISTORY.owns(name)]
        log = reading.Sealer("events_event")
        table = rows.reflect(connection, "events_event")
        for chunk in reading.read_rows(connection, table, table.c.id <= events):
            log.add(chunk)
        seals = {name: reading.seal(connection, name) for name in names if name not in BESIDES}
        return {**seals, "events_event": log.seal}


def last_event(host):
    with host.database.read() as session:
        return session.scalar(sa.select(sa.func.max(Event.id)))


@pytest.fixture(scope="module")
def untouched(host):
    """The events that there were before any combination, and the hashes of the kernel's tables then."""
    events = last_event(host)
    return events, kernel_rows(host, events)


@pytest.fixture(scope="module")
def checked():
    """The combinations that were looked at already: with requirements, many are the same."""
    return set()


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("combination", COMBINATIONS)
def test_a_combination_works(host, untouched, checked, combination):
    names = COMBINATIONS[combination]
    on = closed(names) if combination.startswith("without") else with_required(names)
    if frozenset(on) not in checked:
        checked.add(frozenset(on))
        check(host, on, untouched, brief=combination not in WHOLE)


@pytest.mark.databases("postgresql")
@pytest.mark.parametrize("combination", WHOLE)  # what lies between does not differ by database
def test_a_combination_works_on_postgresql(host, untouched, combination):
    check(host, with_required(COMBINATIONS[combination]), untouched)


def check(host, on, untouched, *, brief=False):
    """Switched so, everything answers, and no row of the kernel has changed.

    ``brief`` asks only for pages that plugins have or add to: lists, cards and forms.
    """
    switch_to(host, on)

    app = assemble(host, load_registry(host.settings, host.database))
    registry = app.state.site.registry
    assert (set(registry.plugins), registry.faults) == (on, {})
    require_current(host.database, enabled_histories(host.settings, host.database))
    with TestClient(app) as browser:
        with host.database.write() as session:
            sign_in(session, browser, factories.make_user(session, "root"))
        check_pages(app, browser, host, brief=brief)
        check_menu(browser, registry)
        check_description(browser)
    events, before = untouched
    assert kernel_rows(host, events) == before


def check_pages(app, browser, host, *, brief):
    """Every address that can be asked without knowing more answers; those of records, with a record."""
    ids = first_ids(host, app.state.site.registry)
    wrong = []
    for route in app.routes:
        if "GET" not in getattr(route, "methods", ()) or route.path.startswith(("/static", "/api/v1/-")):
            continue
        if brief and not is_shared(route, ids):
            continue
        path, known = filled(route.path, ids)
        status = browser.get(path, follow_redirects=False).status_code
        expected = {200, 303, 400, 401, 404} if route.path.startswith(OF_A_STEP) else {200, 303}
        if status >= 500 or (known and status not in expected):
            wrong.append((path, status))
    assert wrong == []


def is_shared(route, ids):
    plural, slash, rest = route.path[1:].partition("/")
    of_the_kernel = route.route_handlers[0].fn.__module__.startswith(("vinculo.", "litestar."))
    return not of_the_kernel or (plural in ids and slash + rest in SHARED)


def first_ids(host, registry):
    with host.database.read() as session:
        return {
            kind.plural: session.scalar(sa.select(sa.func.min(kind.model.id)))
            for kind in registry.kinds.values()
        }


def filled(path, ids):
    """An address of the route, and whether there must be something at it."""
    plural = path.removeprefix("/api/v1").split("/")[1]
    if "{" not in path:
        return path, not path.endswith(
            ("/setup", "/sign-in", "/live", "/suggest", "/log", "/v1/search", "/counts")
        )
    if "{record_id:int}" in path and ids.get(plural):
        path = path.replace("{record_id:int}", str(ids[plural]))
        return re.sub(r"{[^}]*}", "1", path), False
    return re.sub(r"{[^}]*:int}", "999999", re.sub(r"{[^}]*:str}", "nothing", path)), False


def check_menu(browser, registry):
    home = browser.get("/").text
    links = set(re.findall(r'<a\b[^>]* href="(/[^"#]*)"', "".join(re.findall(r"(?s)<nav.*?</nav>", home))))
    assert {item.url for item in registry.menu} <= links
    assert {url: browser.get(url).status_code for url in links} == dict.fromkeys(links, 200)


def check_description(browser):
    """What is described can be resolved."""
    document = browser.get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    text = browser.get("/api/v1/openapi.json").text
    schemas = set(re.findall(r'"\$ref":\s*"#/components/schemas/([^"]+)"', text))
    assert schemas <= document["components"]["schemas"].keys()
    operations = [
        one for item in document["paths"].values() for one in item.values() if isinstance(one, dict)
    ]
    names = [one["operationId"] for one in operations if "operationId" in one]
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize("name", PLUGINS)
def test_a_plugin_is_all_that_is_migrated(examples, new_url, tmp_path, name):
    """On a database that knows nothing but the kernel, with what it requires and nothing else."""
    with opened(new_url(), tmp_path / "files") as host:
        upgrade(host.database, [KERNEL_HISTORY])
        done = Switchboard(host, assemble).switch("on", name, cascade=True, actor=ADMIN)

        assert set(done.names) == with_required({name})
        require_current(host.database, histories(done.names))
        tables = sa.inspect(host.database.engine).get_table_names()
        versions = {table for table in tables if table.startswith("alembic_version_")}
        assert versions == {f"alembic_version_{one}" for one in ("kernel", *done.names)}
        assert assemble(host, load_registry(host.settings, host.database))
