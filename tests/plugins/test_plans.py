"""A plan says exactly what a switch then does: seen from outside, in the app that is built afterwards."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from litestar.testing import TestClient
from markupsafe import Markup

from vinculo.accounts.models import Role
from vinculo.actor import Scope, Source, system
from vinculo.app import Host, Switchboard, assemble, load_registry, prepare_jobs
from vinculo.app.building import job_handlers
from vinculo.db import histories
from vinculo.errors import ConflictError
from vinculo.plugins import discovery
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import PanelContent
from vinculo.records.models import SavedView, Sharing, ViewDefault
from vinculo.testing.browsing import sign_in

ADMIN = system(Source.CLI)
EXAMPLES = sorted(path.parent.name for path in Path(__file__).parent.glob("examples/*/pyproject.toml"))
PLUGINS = sorted({*discovery.installed(), *EXAMPLES})


@pytest.fixture
def host(settings, database, examples):
    prepare_jobs(database)
    return Host.of(settings, database)


@pytest.fixture
def switches(host):
    return Switchboard(host, assemble)


@pytest.fixture
def look(host, database, make_client, make_user):
    """What there is in an app of the plugins that are on: part → names, none of them by way of a plan."""
    client, user = make_client("Padaria Luz"), make_user("root", role=Role.ADMINISTRATOR)

    def look():
        registry = load_registry(host.settings, database)
        draw_all(registry)
        app = assemble(host, registry)
        with TestClient(app) as browser:
            with database.write() as session:
                sign_in(session, browser, user)
            home, card = browser.get("/").text, browser.get(f"/clients/{client.id}").text
            paths = browser.get("/api/v1/openapi.json").json()["paths"]
        host.jobs.use(job_handlers(app.state.site))
        host.jobs._replace_schedules(registry.schedules)
        routes = set(handled(app))
        described = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}
        assert described <= {re.sub(r":\w+}", "}", route) for route in routes}
        found = {
            "routes": routes,
            "menu": set(
                re.findall(r'<a\b[^>]* href="([^"]+)"', "".join(re.findall(r"(?s)<nav.*?</nav>", home)))
            ),
            "panels": panels(registry, card) | ways(registry),
            "facts": {f"{of}.{one.item.field.name}" for of, facts in registry.facts.items() for one in facts},
            "criteria": {
                f"{of}.{one.item.field.name}" for of, all_ in registry.criteria.items() for one in all_
            },
            "actions": {
                f"{of}: {one.item.name}" for of, all_ in registry.card_actions.items() for one in all_
            }
            | {f"palette: {one.item.name}" for one in registry.palette}
            | set(registry.performers)
            | {
                f"lists of {of}: {one.item.name}"
                for of, all_ in registry.list_actions.items()
                for one in all_
            },
            "forms": {f"{of}: {one.item.name}" for of, parts in registry.form_parts.items() for one in parts},
            "widgets": {one.item.name for one in registry.widgets if is_drawn(home, one.item.title)},
            "jobs": set(job_handlers(app.state.site)),
            "schedules": {
                f"{one['schedule_name']} {one['schedule']}" for one in host.jobs._client.list_schedules()
            },
            "permissions": set(registry.permissions),
            "settings": {
                f"{plugin}.{key}"
                for plugin, model in registry.settings.items()
                for key in type(model).model_fields
            },
            "commands": set(registry.commands),
            **of_kinds(registry),
        }
        return found, described

    return look


def draw_all(registry):
    """Let every box draw something, whatever the rows are."""

    def render(*_arguments):
        return PanelContent(Markup("<p>here</p>"))

    registry.widgets = [Owned(one.plugin, replace(one.item, render=render)) for one in registry.widgets]
    for boxes in registry.panels.values():
        boxes[:] = [Owned(one.plugin, replace(one.item, render=render)) for one in boxes]


def handled(app):
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            yield from (f"{method} {route.path}" for method in handler.http_methods - {"OPTIONS", "HEAD"})


def is_drawn(html, title):
    return f'<section class="panel" aria-label="{title}">' in html


def panels(registry, card):
    """On the card of a client those that are drawn, on other cards those that would be."""
    return {
        f"{kind}: {owned.item.name}"
        for kind, boxes in registry.panels.items()
        for owned in boxes
        if kind != "client" or is_drawn(card, owned.item.title)
    }


def ways(registry):
    """Those to write above the timeline."""
    return {f"client timeline: {one.item.name}" for one in registry.composers}


def of_kinds(registry):
    kinds = registry.kinds.values()
    happens = ("created", "changed", "deleted", "restored")
    return {
        "columns": {f"{k.name}.{one.name}" for k in kinds for one in (*k.fields, *k.collections)},
        "events": {f"{k.name}.{event}" for k in kinds for event in (*happens, *k.events)},
        "timeline": {k.name for k in kinds if k.moment},
        "search": {k.name for k in kinds if k.exposed},
    }


def difference(more, less):
    found = {part: sorted(more[part] - less[part]) for part in more}
    return {part: names for part, names in found.items() if names}


def as_text(parts):
    return {part.value: list(names) for part, names in parts.items()}


@pytest.mark.parametrize("name", PLUGINS)
def test_what_a_switch_does_is_what_was_planned(name, switches, database, look):
    (before, api_before), plan = look(), switches.plan("on", name)
    assert plan.refusal == ""
    switches.switch("on", name, cascade=True, actor=ADMIN)
    after, api_after = look()
    assert as_text(plan.appears) == difference(after, before)
    assert as_text(plan.goes) == difference(before, after) == {}
    assert described(plan.appears) == api_after - api_before

    plan = switches.plan("off", name)
    switches.switch("off", name, cascade=True, actor=ADMIN)
    again, api_again = look()
    assert as_text(plan.goes) == difference(after, again)
    assert as_text(plan.appears) == difference(again, after) == {}
    assert described(plan.goes) == api_after - api_again


def described(parts):
    """The operations of the API among the routes of a plan, written as in OpenAPI."""
    routes = parts.get("routes", ())
    return {re.sub(r":\w+}", "}", route) for route in routes if " /api/v1/" in route}


def test_between_them_the_plans_name_every_part(switches):
    """Or the test above would prove nothing about the part that no plugin adds."""
    from vinculo.plugins.contributions import Part

    named = {part for name in PLUGINS for part in switches.plan("on", name).appears}
    assert named == set(Part)


MIGRATION = """
    revision = "{revision}"
    down_revision = {before!r}

    def upgrade():
        print("ran {name} {revision}")
        {does}

    def downgrade():
        pass
"""
PAGE = """
    from vinculo.web.routes import get

    @get("/{name}", permission="signed-in")
    def page(ctx) -> dict[str, str]:
        return {{}}

    @hookimpl
    def routers():
        yield page
"""


@pytest.fixture
def chain(install):
    """Three plugins, each of which requires the one before; two have migrations."""

    def write(name, revision="0001", before=None):
        return MIGRATION.format(name=name, revision=revision, before=before, does="pass")

    base = {"migrations/0001.py": write("base"), "migrations/0002.py": write("base", "0002", "0001")}
    install("base", PAGE.format(name="base"), files=base)
    install("middle", PAGE.format(name="middle"), requires=["base"])
    install("top", PAGE.format(name="top"), requires=["middle"], files={"migrations/0001.py": write("top")})


def test_a_chain_is_switched_with_cascade_and_refused_without(chain, switchboard, database, capsys):
    plan = switchboard.plan("on", "top")
    assert (plan.names, plan.others) == (["base", "middle", "top"], ["base", "middle"])
    assert as_text(plan.appears) == {"routes": ["GET /base", "GET /middle", "GET /top"]}
    with pytest.raises(ConflictError, match="top requires middle; switch that on, too"):
        switchboard.switch("on", "top", actor=ADMIN)
    assert on(switchboard, database) == set()
    assert capsys.readouterr().out == ""

    done = switchboard.switch("on", "top", cascade=True, actor=ADMIN)
    assert done == plan
    assert on(switchboard, database) == {"base", "middle", "top"}
    assert capsys.readouterr().out.splitlines() == [f"ran {step}" for step in plan.migrations]
    assert plan.migrations == ["base 0001", "base 0002", "top 0001"]

    plan = switchboard.plan("off", "base")
    assert (plan.names, plan.others) == (["top", "middle", "base"], ["top", "middle"])
    with pytest.raises(ConflictError, match="middle require base; switch them off first"):
        switchboard.switch("off", "base", actor=ADMIN)
    assert on(switchboard, database) == {"base", "middle", "top"}
    assert switchboard.switch("off", "base", cascade=True, actor=ADMIN) == plan
    assert as_text(plan.goes) == {"routes": ["GET /base", "GET /middle", "GET /top"]}
    assert on(switchboard, database) == set()
    assert switchboard.plan("on", "top").migrations == []


def on(switchboard, database):
    with database.read() as session:
        return {status.name for status in switchboard.statuses(session) if status.is_on}


def test_planning_runs_no_migration(chain, switchboard, database, capsys):
    switchboard.plan("on", "top")
    assert capsys.readouterr().out == ""
    assert {one.name for one in histories.status(database, [])} >= {"kernel"}
    assert "base" not in {one.name for one in histories.status(database, [])}


def test_rows_that_stay_are_counted(switches, make_client, make_record):
    switches.switch("on", "vouchers", cascade=True, actor=ADMIN)
    from vinculo_vouchers.records import voucher

    client = make_client("Padaria Luz")
    make_record(
        voucher, client_id=client.id, number="A", amount=5, redemptions=[{"amount": 2}, {"amount": 3}]
    )
    assert switches.plan("off", "vouchers").rows == {"vouchers_redemption": 2, "vouchers_voucher": 1}
    assert set(switches.plan("off", "loyalty").rows) >= {
        "vouchers_redemption",
        "vouchers_voucher",
        "loyalty_card",
    }


def test_a_plan_names_the_saved_views_that_wait(switches, host, database, make_user, make_role):
    switches.switch("on", "interactions", cascade=True, actor=ADMIN)
    role = make_role("Sellers", {"clients.client.read": Scope.ALL})
    root = make_user("root", role=Role.ADMINISTRATOR)
    quiet = [["any1.interactions_silent_days[gt]", "30"], ["any1.stage", "active"]]
    views = {
        "Quiet": {"query": quiet, "sharing": Sharing.EVERYONE},
        "Columns": {"query": [["columns", "stage,interactions_contacts"]], "sharing": Sharing.EVERYONE},
        "Mine": {"query": [["sort", "-interactions_contacts"]], "sharing": Sharing.PRIVATE},
        "Other": {"query": [["stage", "active"]], "sharing": Sharing.EVERYONE},
        "Calls": {"kind": "interaction", "query": [], "sharing": Sharing.EVERYONE},
    }
    with database.write() as session:
        rows = {
            name: SavedView(**{"kind": "client", "name": name, "owner_id": root.id, **values})
            for name, values in views.items()
        }
        session.add_all(rows.values())
        session.flush()
        session.add(ViewDefault(kind="client", role_id=role.id, view_id=rows["Quiet"].id))
    told = [
        "Quiet (client), with which the list opens for: Sellers", "Columns (client)", "Calls (interaction)",
        "1 private view",
    ]  # fmt: skip
    assert switches.plan("off", "interactions").views == told

    def opened():
        app = assemble(host, load_registry(host.settings, database))
        with TestClient(app) as browser:
            with database.write() as session:
                sign_in(session, browser, root)
            columns = browser.get(f"/clients?view={rows['Columns'].id}").status_code
            return browser.get(f"/api/v1/clients?view={rows['Quiet'].id}"), columns

    switches.switch("off", "interactions", actor=ADMIN)
    waits, columns = opened()
    assert (waits.json()["code"], columns) == ("view_unusable", 200)
    assert "interactions_silent_days" in waits.json()["detail"]
    assert switches.plan("on", "interactions").views == told
    switches.switch("on", "interactions", actor=ADMIN)
    assert opened()[0].status_code == 200
