"""Facts of plugins that fail: the card and the lists stay whole and say whose figure is missing."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from vinculo import app as composition
from vinculo.accounts.models import Role
from vinculo.clients.records import client
from vinculo.plugins.calling import Owned
from vinculo.plugins.checks import check_facts
from vinculo.plugins.contributions import CardAction, Fact
from vinculo.plugins.faults import PluginError
from vinculo.records.fields import IntegerField
from vinculo.testing.browsing import sign_in


def fine(told):
    rows = client.table.alias()
    return sa.select(sa.func.count()).select_from(rows).where(told.rows(rows)).scalar_subquery()


def broken(told):
    raise ZeroDivisionError("secret detail")


def no_sql(told):
    return object()


def no_such_table(told):
    return sa.select(sa.func.max(sa.table("no_such_table", sa.column("id")).c.id)).scalar_subquery()


def fact(name, expression, **options):
    field = IntegerField(name=f"acme_{name}", label=f"Acme {name}", help="Counted so.", read_only=True)
    return Fact("client", field, client, expression, tells=(), header=1, **options)


@pytest.fixture
def registry(settings, database):
    """The kernel's, with a plugin whose facts fail in each way."""
    registry = composition.load_registry(settings, database)
    facts = [fact(one.__name__, one) for one in (fine, broken, no_sql, no_such_table)]
    facts.append(fact("toned", fine, tone=broken))
    registry.facts["client"] = [Owned("acme", one) for one in facts]
    registry.card_actions["client"] = [
        Owned(
            "acme",
            CardAction(
                "one", "client", "Dance", "plus", lambda number: f"/dance/{number}", "clients.client.read"
            ),
        ),
        Owned("acme", CardAction("two", "client", "Stumble", "plus", broken, "clients.client.read")),
        Owned("acme", CardAction("three", "client", "Forbidden", "plus", broken, "plugins.manage")),
    ]
    return registry


@pytest.fixture
def browser(registry, settings, database, make_user):
    """A member's browser on an app with it."""
    app = composition.assemble(composition.Host.of(settings, database), registry)
    with TestClient(app) as browser:
        with database.write() as session:
            sign_in(session, browser, make_user("bea", role=Role.MEMBER))
        yield browser


def test_a_figure_that_fails_leaves_card_and_list_whole(browser, make_client, caplog):
    card = browser.get(f"/clients/{make_client('Padaria Luz').id}")
    rows = browser.get("/clients", params={"columns": "name,acme_fine,acme_broken"})
    worse = browser.get(
        "/clients", params={"columns": "name,acme_no_such_table", "sort": "acme_no_such_table"}
    )

    assert card.status_code == rows.status_code == worse.status_code == 200
    assert card.text.count("from the plugin acme, failed") == 3
    assert "<strong>1</strong>" in card.text
    assert 'href="/dance/' in card.text
    assert "Stumble" not in card.text
    assert "Forbidden" not in card.text
    assert '<td class="num">1</td><td class="num"></td>' in rows.text
    assert all("from the plugin acme, failed" in page.text for page in (rows, worse))
    assert "Padaria Luz" in worse.text
    for leak in ("secret detail", "no such table", "Traceback", "ZeroDivisionError"):
        assert leak not in card.text + rows.text + worse.text
    assert "fact acme_no_such_table of plugin acme failed" in caplog.text
    assert "secret detail" in caplog.text


@pytest.mark.databases("sqlite")
def test_a_fact_about_nothing_or_of_a_name_that_is_taken_stops_the_plugin(registry):
    registry.facts = {"nothing": [Owned("acme", fact("fine", fine))]}
    with pytest.raises(PluginError, match="about a kind of record “nothing” that there is not"):
        check_facts(registry)
    field = IntegerField(name="stage", label="Stage")
    registry.facts = {"client": [Owned("acme", Fact("client", field, client, fine, tells=()))]}
    with pytest.raises(PluginError, match="a second fact “stage”"):
        check_facts(registry)


def test_programs_and_files_get_the_rest_and_the_reason(browser, database, make_user, make_client):
    with database.write() as session:
        sign_in(session, browser, make_user("root", role=Role.ADMINISTRATOR))
    number = make_client("Padaria Luz").id
    failing = ["acme_broken", "acme_no_such_table"]
    fields = ",".join(["name", "acme_fine", *failing])

    told = browser.get("/api/v1/clients", params={"fields": fields, "totals": "acme_fine,acme_broken"})
    assert told.status_code == 200, told.text
    row = {"id": number, "name": "Padaria Luz", "acme_fine": 1, **dict.fromkeys(failing)}
    assert told.json()["items"] == [row]
    assert sorted(told.json()["failed"]) == failing
    assert [one["field"] for one in told.json()["totals"]["fields"]] == ["acme_fine"]
    file = browser.get("/clients/export.csv", params={"fields": fields})
    header, values = list(csv.reader(io.StringIO(file.text)))[:2]
    assert header[-3] == "acme_fine"
    assert [one.partition(": This part, from the plugin acme, failed.")[0] for one in header[-2:]] == failing
    assert values[-3:] == ["1", "", ""]
    guard = browser.app.state.site.guard
    for _time in range(guard.budget):
        browser.get("/api/v1/clients", params={"fields": fields})
    assert "fact acme_" in guard.failing()["acme"]


@pytest.mark.parametrize("asked", [{"acme_no_such_table[gte]": "1"}, {"acme_broken[empty]": "true"}])
def test_nothing_goes_by_a_figure_that_fails(browser, database, make_user, make_client, asked):
    """Else “all for which it is empty” would be all there are, and be changed or deleted."""
    with database.write() as session:
        sign_in(session, browser, make_user("root", role=Role.ADMINISTRATOR))
    make_client("Padaria Luz")
    api = "/api/v1/clients"
    answers = [
        browser.get(api, params=asked),
        browser.get(f"{api}/counts", params={**asked, "group": "stage"}),
        browser.get(f"{api}/export", params={**asked, "format": "csv"}),
        browser.post(f"{api}/bulk-delete", params=asked),
        browser.post(f"{api}/bulk-update", params=asked, json={"values": {"stage": "lost"}}),
        browser.post(f"{api}/hand-over", params=asked, json={"to": 1}),
    ]
    assert [answer.status_code for answer in answers] == [422] * 6, [answer.text for answer in answers]
    assert {answer.json()["errors"][0]["code"] for answer in answers} == {"fact_failed"}
    for page in ("/clients/bulk-delete", "/clients/bulk-edit", "/clients/hand-over"):
        shown = browser.get(page, params=asked)
        assert shown.status_code == 422
        assert "it failed in the plugin acme" in shown.text
