"""The settings of the company on a page: over the configuration, in every process, logged, moving nothing."""

from __future__ import annotations

import io
import time
from contextlib import ExitStack

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from PIL import Image

from vinculo.accounts.models import Role
from vinculo.app.live import Live
from vinculo.cli.runtime import Runtime
from vinculo.company import service
from vinculo.db.base import Base
from vinculo.db.engine import Database
from vinculo.events.models import Event
from vinculo.settings.origins import Origins
from vinculo.testing.browsing import form_inputs, sign_in

URL = "/settings/company"
API = "/api/v1/company"
sqlite = pytest.mark.databases("sqlite")


@pytest.fixture
def serve(settings, database, make_user):
    """Start a server, with a connection of its own, and open a browser on it."""
    with ExitStack() as stack:

        def serve(name="admin", role=Role.ADMINISTRATOR, given=settings):
            own = Database(given.database.url)
            stack.callback(own.close)
            browser = stack.enter_context(TestClient(Live(given, own, work=False)))
            with database.write() as session:
                sign_in(session, browser, make_user(name, role=role))
            return browser

        yield serve


def send(browser, **changes):
    return browser.post(URL, data={**form_inputs(browser.get(URL).text), **changes})


def until(condition):
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def held(database):
    """All rows of all tables but of those that say what was done here."""
    told = {"company_setting", "events_event", "events_head", "plugins_cost"}
    with database.read() as session:
        return {
            table.name: session.execute(sa.select(table).order_by(*table.primary_key)).all()
            for table in Base.metadata.sorted_tables
            if table.name not in told and not table.name.startswith("accounts_")
        }


def test_a_choice_holds_in_every_process_and_can_be_ended(serve, settings, database):
    first, second = serve(), serve("other")
    shown = send(first, name="Luz & <Filhos>", language="pt_BR", currency="BRL", time_zone="America/Recife")
    assert shown.status_code == 200
    assert "<title>Empresa · Luz &amp; &lt;Filhos&gt;</title>" in shown.text, "the next page has it"
    assert ": USD." in shown.text, "what the configuration says"
    until(lambda: "Luz &amp; &lt;Filhos&gt;" in second.get("/clients").text)

    told = second.get(API).json()
    assert [told[key] for key in ("name", "currency", "joint_view")] == ["Luz & <Filhos>", "BRL", False]
    assert (told["sources"]["currency"], told["sources"]["country"]) == ("page", "default")
    assert service.in_force(settings, database).company.time_zone == "America/Recife"

    assert second.patch(API, json={"name": None, "joint_view": True}).status_code == 200
    until(lambda: first.get(API).json()["sources"]["name"] == "default")
    with database.read() as session:
        assert service.chosen(session).keys() == {"currency", "joint_view", "language", "time_zone"}


def test_who_changed_what_is_shown_and_logged(serve, database):
    browser = serve()
    send(browser, country="BR", joint_view="1")
    send(browser, country="BR", joint_view="1")  # changes nothing, so nothing is told
    told = browser.get(URL).text.partition("<h2>Changes")[2]
    assert told.count("<dt>Country</dt>") == 1
    assert "Brazil (BR)" in told
    assert "<dt>Joint view</dt>" in told
    with database.read() as session:
        events = session.scalars(sa.select(Event).where(Event.kind == "company")).all()
    assert [event.changes for event in events] == [{"country": ["US", "BR"], "joint_view": [False, True]}]
    assert "Joint view" in browser.get(f"/settings/audit/{events[0].id}").text


def picture(size=(300, 100), colour="red"):
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, "PNG")
    return target.getvalue()


def send_logo(browser, content, **changes):
    inputs = {**form_inputs(browser.get(URL).text), **changes}
    return browser.post(URL, data=inputs, files={"logo": ("logo.png", content, "image/png")})


def test_the_logo_is_drawn_anew_and_shown_on_every_page(serve, database):
    first, second = serve(), serve("other")
    assert 'class="logo" aria-hidden' in first.get("/clients").text
    assert send_logo(first, picture()).status_code == 200
    key = first.get(API).json()["logo"]
    until(lambda: f'src="/company/logo/{key}"' in second.get("/clients").text)
    sent = second.get(f"/company/logo/{key}")
    with Image.open(io.BytesIO(sent.content)) as drawn:
        assert (drawn.size, drawn.format) == ((128, 128), "WEBP")
        assert drawn.convert("RGBA").getpixel((64, 5))[3] == 0, "what is left of the square"
    assert TestClient(second.app).get(f"/company/logo/{key}", follow_redirects=False).status_code == 303

    refused = send_logo(first, b"<svg onload='alert(1)'/>", name="Luz")
    assert refused.status_code == 422
    assert "This is no picture that can be drawn" in refused.text
    mended = send_logo(first, picture(colour="blue"), country="XX")
    assert mended.status_code == 422
    assert first.get(f"/company/logo/{key}").status_code == 200, "nothing of it holds"
    send(first, _no_logo="1")
    assert (first.get(API).json()["logo"], first.get(API).json()["name"]) == ("", "My company")
    assert "<dt>Logo</dt>" in first.get(URL).text


def test_switching_the_joint_view_moves_nothing(serve, database):
    browser = serve()
    for name in ("Luz", "Sol"):
        client = browser.post("/api/v1/clients", json={"name": name}).json()["id"]
        link = {"client_id": client, "valid_from": "2020-01-01"}
        assert browser.post(
            "/api/v1/counterparties", json={"legal_name": f"{name} Ltda", "links": [link]}
        ).is_success
    browser.post("/api/v1/clients", json={"name": "Alone"})
    before = held(database)

    assert "counterparty__legal_name" not in browser.get("/clients/1/edit").text
    send(browser, joint_view="1")
    assert 'value="Luz Ltda"' in browser.get("/clients/1/edit").text
    assert "Luz Ltda" in browser.get("/clients/1").text
    apart = form_inputs(browser.get(URL).text)
    del apart["joint_view"]
    browser.post(URL, data=apart)
    assert "counterparty__legal_name" not in browser.get("/clients/1/edit").text
    assert held(database) == before


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("time_zone", "Mars/Base", "“Mars/Base” is not a time zone"),
        ("name", "", "is too short"),
        ("name", "x" * 201, "is too long"),
        ("currency", "XXQ", "three-letter code of a currency"),
        ("country", "<b>", "two-letter code of a country"),
        ("language", "tlh", "is not one of the languages"),
        ("accent", "beige", "is not one of indigo, blue"),
    ],
)
@sqlite
def test_what_does_not_fit_is_said_beside_the_field(serve, database, key, value, said):
    browser = serve()
    shown = send(browser, **{key: value}, **({"name": "Typed"} if key != "name" else {"country": "BR"}))
    assert shown.status_code == 422
    assert said in shown.text
    assert ("Typed" in shown.text) is (key != "name"), "what was typed is kept"
    fault = browser.patch(API, json={key: value})
    assert (fault.status_code, fault.json()["errors"][0]["field"]) == (422, key)
    with database.read() as session:
        assert service.chosen(session) == {}


@sqlite
def test_what_a_variable_holds_is_shown_and_not_changed(serve, settings):
    fixed = settings.model_copy()
    fixed.remember(Origins(variables={"vinculo_company__name": "VINCULO_COMPANY__NAME"}))
    browser = serve(given=fixed)
    page = browser.get(URL)
    assert "My company, held by the variable VINCULO_COMPANY__NAME" in page.text
    assert "name" not in form_inputs(page.text)
    assert send(browser, name="Mine", country="BR").status_code == 200
    refused = browser.patch(API, json={"name": "Mine"})
    assert (refused.status_code, refused.json()["code"]) == (409, "held_by_variable")
    told = browser.get(API).json()
    assert (told["name"], told["country"]) == ("My company", "BR")
    assert told["sources"]["name"] == "env:VINCULO_COMPANY__NAME"


@sqlite
def test_who_may_not_neither_sees_nor_changes_them(serve, member):
    assert f'href="{URL}"' not in member.get("/").text
    assert member.get(URL).status_code == 403
    assert member.patch(API, json={"name": "Mine"}).status_code == 403


@sqlite
def test_what_was_chosen_once_and_is_no_longer_known_is_left_out(settings):
    found = settings.with_company({"language": "tlh", "gone": "x", "name": "Luz"})
    assert (found.company.language, found.company.name) == (settings.company.language, "Luz")
    assert found.with_company({}).company == settings.company


@sqlite
def test_commands_go_by_it(serve, settings):
    send(serve(), name="Luz")
    runtime = Runtime(settings)
    assert runtime.in_force.company.name == "Luz"
    runtime.close()


@sqlite
def test_pages_are_in_the_language_of_the_company_where_no_other_is_known(serve):
    browser = serve()
    send(browser, language="pt_BR")
    for asked, lang in (("tlh", "pt-BR"), ("ru", "ru"), ("", "pt-BR")):
        page = browser.get("/", headers={"Accept-Language": asked}).text
        assert f'<html lang="{lang}"' in page, asked


@sqlite
def test_pages_have_the_colour_of_the_company(serve):
    browser = serve()
    assert "data-accent" not in browser.get("/").text
    shown = send(browser, accent="teal").text
    assert 'data-accent="teal"' in shown.partition("<head>")[0]
