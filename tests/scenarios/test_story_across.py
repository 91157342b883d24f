"""One client's story across all plugins, by pages and API as people and programs tell it; each step on the
timeline. Then each plugin goes off and on again, and nothing has changed."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest

from vinculo.accounts.models import Role
from vinculo.audit import delivering
from vinculo.db.base import now
from vinculo.plugins import discovery
from vinculo.settings import Settings
from vinculo.testing.factories import SYSTEM
from vinculo.testing.postbox import postbox
from vinculo.transfer import reading
from vinculo_mailings import planning
from vinculo_marketing import web_forms

HERE = "http://localhost"
IBAN = "NL26VAYB8060476890"
BESIDES = ("plugins_", "accounts_", "events_")  # switches, who looked at pages, and the log of both
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>1</MsgId><CreDtTm>{day}T10:00:00</CreDtTm></GrpHdr>
<Stmt><Id>1</Id><CreDtTm>{day}T10:00:00</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>
<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>Padaria Luz</Nm></Dbtr></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"""


@pytest.fixture
def plugins_on():
    found = discovery.installed()
    return tuple(one.name for one in discovery.sound(found, found)[0])


@pytest.fixture
def box():
    with postbox() as box:
        yield box


@pytest.fixture
def settings(database, tmp_path, box):
    return Settings.model_validate(
        {
            "database": {"url": database.url.render_as_string(hide_password=False)},
            "files": {"folder": tmp_path / "files"},
            "security": {"secret_key_file": tmp_path / "secret.key"},
            "mail": box.settings.model_dump(),
            "server": {"public_url": HERE},
            "company": {"name": "Moinho", "currency": "EUR"},
        }
    )


@pytest.fixture
def work(admin):
    """Do what a worker would: tell of events, begin mailings, and all that was put into the queue."""
    queue = []
    site = admin.app.state.site = replace(
        admin.app.state.site, enqueue=lambda _session, name, **payload: queue.append((name, payload))
    )

    def turn():
        delivering.deliver(site)
        planning.due(site)
        while queue:
            name, payload = queue.pop(0)
            site.registry.job_handlers[name].run(site, **payload)

    def work():
        with ThreadPoolExecutor(1) as worker:  # in a thread of its own, as jobs have
            worker.submit(turn).result()

    turn()  # the first time, only what is to come counts
    return work


@pytest.fixture
def put(admin):
    """Make a record by the API: ``put("deals", title="…")``; its id."""

    def put(url, **values):
        answer = admin.post(f"/api/v1/{url}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return put


@pytest.fixture
def press(admin):
    """Press a button of a page; the page to which it leads."""

    def press(url, **typed):
        answer = admin.post(url, data=typed)
        assert answer.status_code == 200, re.sub(r"\s*<[^>]+>\s*", " ", answer.text.partition("<main")[2])
        return answer

    return press


@pytest.fixture
def patient(monkeypatch):
    """Tests type fast."""
    monkeypatch.setattr(web_forms, "QUICKEST", timedelta(seconds=-1))


@pytest.fixture
def client_of_form(admin, visitor, box, work, put, patient):
    """A stranger comes by a campaign, fills in its form, and answers the mail: the client's id."""
    visitor.app.state.site = admin.app.state.site
    online = put("channels", name="Online")
    put("campaigns", name="Spring", channel_id=online, code="spring")
    put(
        "web-forms", name="Ask for an offer", slug="offer", consent="I agree that you write to me.",
        questions=[{"ask": "company", "label": "Your bakery", "required": True}], active=True,
    )  # fmt: skip
    page = visitor.get("/f/offer?utm_campaign=spring").text
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    typed = {"name": "Ana Souza", "email": "ana@luz.example", "company": "Padaria Luz", "agreed": "true"}
    visitor.post("/f/offer", data={**hidden, **typed})
    work()
    link = re.search(rf"{HERE}(/f/confirm/\S+)", box.letters.pop().get_content())[1]
    csrf = re.search(r'name="_csrf" value="([^"]*)"', visitor.get(link).text)[1]
    assert visitor.post(link, data={"_csrf": csrf}).status_code == 200
    (client,) = admin.get("/api/v1/clients").json()["items"]
    return client["id"]


def get(admin, url, **asked):
    answer = admin.get(f"/api/v1/{url}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def stage(admin, state):
    return next(one["id"] for one in get(admin, "pipelines/1")["stages"] if one["state"] == state)


def set_up(admin, put, press):
    """What a company has before its first client: an account, a product in stock, a mailing by event."""
    company = put("companies", name="Moinho Ltda", currency="EUR", is_default=True, number_prefix="M-")
    put("bank_accounts", name="Bank", number=IBAN, company_id=company, currency="EUR")
    flour = put("products", name="Flour", sku="F-1", price="20.00", currency="EUR")
    press(f"/warehouse/keep/{flour}")
    (item,) = [one["id"] for one in get(admin, "stock-items")["items"]]
    lines = [{"item_id": item, "quantity": "10", "cost": "12.00"}]
    put("stock-documents", type="receipt", state="posted", lines=lines)
    written = put(
        "mailing-templates", name="Settled", subject="Settled", body="{{ event.title }} is settled."
    )
    mailing = put(
        "mailings", name="Solved", template_id=written, plan="event", event="complaint.solved",
        purpose="service",
    )  # fmt: skip
    return flour, mailing


def complain(admin, press, client):
    """A torn sack: goods and money go back, and it is solved."""
    press("/complaints/open", client_id=client, text="A sack is torn.", subject="Torn sack", product="Flour")
    (complaint,) = get(admin, "complaints")["items"]
    for kind, more in (("return", {"note": "F-1"}), ("credit_note", {"amount": "20.00"})):
        press(f"/complaints/{complaint['id']}/actions", kind=kind, **more)
    for action in (1, 2):
        press(f"/complaints/{complaint['id']}/actions/{action}/approve")
    (returned,) = get(admin, "stock-documents", type="return")["items"]
    (credit,) = get(admin, "credit-notes")["items"]
    assert credit["amount"] == "20.00"
    if not get(admin, f"stock-documents/{returned['id']}")["lines"]:
        item = get(admin, "stock-items")["items"][0]["id"]
        lines = {"lines": [{"item_id": item, "quantity": "1"}]}
        assert admin.patch(f"/api/v1/stock-documents/{returned['id']}", json=lines).status_code == 200
    press(f"/stock-documents/{returned['id']}/post")
    press(f"/complaints/{complaint['id']}/move", state="work")
    press(f"/complaints/{complaint['id']}/move", state="solved", result="Taken back", satisfaction="5")


def entries(browser, client):
    """What stands on a client's timeline, the newest first."""
    timeline = browser.get(f"/clients/{client}").text.partition('<ol class="timeline">')[2]
    return re.findall(r'<span class="kind">(.*?)</span>', timeline.partition("</ol>")[0])


def seals(database):
    """The hash of each table with what the company entered."""
    with reading.snapshot(database) as connection:
        return {name: reading.seal(connection, name) for name in reading.table_names(connection)
                if not name.startswith(BESIDES)}  # fmt: skip


def test_from_a_campaign_to_a_letter_and_each_plugin_off_and_on(
    admin, database, box, work, put, press, client_of_form, switchboard, open_browser, make_user, plugins_on
):
    client = client_of_form
    flour, mailing = set_up(admin, put, press)
    press(f"/mailings/{mailing}/do/start")
    work()
    card = admin.get(f"/clients/{client}").text
    assert "Spring" in card, "where the client comes from"

    put("interactions", client_id=client, type="call_out", subject="What do you need?")
    deal = put(
        "deals", client_id=client, title="Flour for May",
        currency="EUR",
        lines=[{"product_id": flour, "quantity": "4"}],
    )  # fmt: skip
    press(f"/deals/{deal}/move", stage_id=stage(admin, "won"))
    work()
    order = press(f"/orders/of/deal/{deal}").url.path.rpartition("/")[2]
    press(f"/orders/{order}/move", state="confirmed")
    work()
    (held,) = get(admin, "stock-documents", type="reservation", state="posted")["items"]
    assert (held["source_kind"], held["source_id"]) == ("order", int(order))

    shipment = press(f"/stock-documents/{held['id']}/ship").url.path.rpartition("/")[2]
    press(f"/stock-documents/{shipment}/post")
    invoice = press(f"/invoices/of/order/{order}").url.path.rpartition("/")[2]
    press(f"/invoices/{invoice}/issue")
    number = get(admin, f"invoices/{invoice}")["number"]
    assert number.startswith("M-")

    statement = CAMT.format(day=now().date(), iban=IBAN, amount="80.00", text=f"Fatura {number}")
    read = admin.post("/payments/statements", files={"file": ("may.xml", BytesIO(statement.encode()))})
    press(f"{read.url.path}/allocate")
    assert get(admin, f"invoices/{invoice}")["state"] == "paid"

    complain(admin, press, client)
    box.letters.clear()
    work()
    (letter,) = box.letters
    assert letter["To"] == "ana@luz.example"
    assert "Torn sack is settled." in letter.get_body(["plain"]).get_content()

    assert entries(admin, client) == [
        "Mailing", "Complaint solved", "Credit note", "Goods returned", "Payment received", "Invoice",
        "Goods shipped", "Goods reserved", "Order", "Deal won", "Call out", "Touch",
    ]  # fmt: skip
    before, boss = seals(database), make_user("boss", role=Role.ADMINISTRATOR)
    for name in plugins_on:
        went = switchboard.switch("off", name, cascade=True, actor=SYSTEM).names
        without = open_browser(boss)
        assert without.get(f"/clients/{client}").status_code == 200
        for one in reversed(went):
            switchboard.switch("on", one, actor=SYSTEM)
        assert {table for table, seal in seals(database).items() if before.get(table) != seal} == set(), name
    assert entries(open_browser(boss), client) == entries(admin, client)
