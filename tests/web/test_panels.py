"""What plugins add to a page may fail; the page stays whole and says whose part is missing."""

from __future__ import annotations

import contextlib
import re

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from markupsafe import Markup
from sqlalchemy.exc import DBAPIError

from vinculo import app as composition
from vinculo.accounts.models import Role
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Panel, PanelContent, Widget
from vinculo.testing.browsing import sign_in

READ = "clients.client.read"


def fine(ctx, *record_id):
    return PanelContent(Markup("<p>all is well</p>"), count=3)


def broken(ctx, *record_id):
    raise ZeroDivisionError("secret detail")


def broken_query(ctx, *record_id):
    ctx.session.execute(sa.text("select * from no_such_table"))  # on PostgreSQL, aborts a transaction


def broken_write(ctx, *record_id):
    ctx.session.execute(sa.text("update clients_client set name = 'Hacked'"))
    raise RuntimeError


def caught_query(ctx, *record_id):
    with contextlib.suppress(DBAPIError):
        broken_query(ctx)
    return PanelContent(Markup("<p>caught</p>"))


def silent(ctx, *record_id):
    return None


RENDERERS = {
    "broken": broken, "query": broken_query, "write": broken_write, "caught": caught_query, "silent": silent,
    "fine": fine,
}  # fmt: skip


@pytest.fixture
def browser(settings, database, make_user):
    """An administrator's browser on an app with a plugin whose parts fail in each way."""
    registry = composition.load_registry(settings, database)
    weights = enumerate(RENDERERS.items())
    registry.panels["client"] = [
        *(Owned("acme", Panel(n, "client", f"Acme {n}", run, READ, weight=i)) for i, (n, run) in weights),
        *registry.panels["client"],
    ]
    registry.widgets = [Owned("acme", Widget(n, f"Acme {n}", run, READ)) for n, run in RENDERERS.items()]
    forbidden = Panel("forbidden", "client", "Acme forbidden", fine, "plugins.manage")
    registry.panels["client"].append(Owned("acme", forbidden))
    app = composition.assemble(composition.Host.of(settings, database), registry)
    with TestClient(app) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("bea", role=Role.MEMBER))
        yield browser


def test_a_part_that_fails_leaves_the_page_whole(browser, make_client, caplog):
    url = f"/clients/{make_client('Padaria Luz').id}"

    for page in (browser.get(url), browser.get("/")):
        assert page.status_code == 200
        assert page.text.count("from the plugin acme, failed") == page.text.count("has been logged") == 3
        assert page.text.count("all is well") == page.text.count("<p>caught</p>") == 1
        assert "Acme silent" not in page.text
        assert "Acme forbidden" not in page.text
        for leak in ("secret detail", "no_such_table", "Traceback", "ZeroDivisionError"):
            assert leak not in page.text
    card = browser.get(url).text
    assert all(part in card for part in ("Padaria Luz", "Timeline", "Counterparties", "People"))
    assert "Hacked" not in browser.get("/clients").text
    assert "panel broken of plugin acme failed" in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.databases("sqlite")
def test_each_part_of_the_main_column_has_a_tab_with_its_count(browser, make_client):
    url = f"/clients/{make_client('Padaria Luz').id}"
    names = ["details", "broken", "query", "write", "caught", "fine", "timeline", "files"]
    for asked, current in (("", "broken"), ("?tab=nothing", "broken"), ("?links=as-is&tab=fine", "fine")):
        page = browser.get(url + asked).text
        tabs = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)[0]
        assert re.findall(r'data-tab="(\w+)"', tabs) == names
        beside = [] if "tab" in asked else ["details"]  # shown on narrow screens alone
        assert re.findall(r'data-tab="(\w+)" aria-current="true"', tabs) == [*beside, current]
        assert re.findall(r'class="tab-body" data-tab="(\w+)">', page) == [current], "the others are hidden"
        assert re.search(r'Acme fine <span class="count">3</span>', tabs)
    for name in ("details", "files"):
        assert f'href="{url}?links=as-is&amp;tab={name}"' in tabs
    browser.post("/people/new", data={"name": "Ana"})
    assert 'class="tabs" aria-label="Parts' in browser.get("/people/1").text
    assert 'class="tabs" aria-label="Parts' not in browser.get("/users/1").text, "there is but one part"


@pytest.fixture
def company(admin, make_client, make_counterparty, make_person):
    """Thirty clients, each with a firm and a person at both."""
    for number in range(30):
        points = [{"type": "email", "value": f"a{number}@luz.example"}]
        client = make_client(f"Luz {number}", country="BR", responsible_id=1, contact_points=points)
        links = [{"client_id": client.id, "valid_from": "2026-01-01"}]
        numbers = [{"scheme": "registration", "value": str(number)}]
        firm = make_counterparty(
            f"Luz {number} Ltda", links=links, identifiers=numbers, contact_points=points
        )
        role = {"client_id": client.id, "counterparty_id": firm.id, "role_id": 1}
        make_person(f"Ana {number}", roles=[role], contact_points=points)


def test_pages_keep_to_their_budget_of_queries(admin, count_queries, company):
    budgets = {
        "/clients": 6, "/clients?stage=potential&responsible_id=1&q=luz&sort=-changed_at": 5,
        "/counterparties": 4, "/people": 4, "/api/v1/clients?q=luz&country=BR": 4, "/search?q=luz": 8,
        "/clients/7": 12, "/counterparties/7": 14, "/people/7": 12, "/clients/7/edit": 6,
        "/clients/7/history": 7, "/api/v1/clients/7": 5,
    }  # fmt: skip
    for url, most in budgets.items():
        with count_queries() as sent:
            assert admin.get(url).status_code == 200
        assert 0 < len(sent) <= most, (url, sent)
