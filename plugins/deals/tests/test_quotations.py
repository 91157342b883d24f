"""Quotations of a deal: numbers, versions, sums, what is sent stays, and nobody forgets them."""

from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope
from vinculo.events.models import Notice
from vinculo.i18n import today
from vinculo.testing.factories import SYSTEM
from vinculo_deals import quotation_pdf, quotation_steps
from vinculo_deals.models import Deal, Quotation, QuotationLine
from vinculo_deals.quotations import totals

URL = "/api/v1/quotations"
LINES = [
    {"product": "Chair", "quantity": "3", "price": "19.99", "discount": "10"},
    {"product": "Table", "quantity": "1", "price": "120", "discount": "0"},
]


@pytest.fixture
def offered(make_deal, make_client, make_counterparty):
    """A deal with a client that has one legal entity."""
    client = make_client("Padaria Luz")
    entity = make_counterparty(
        'Padaria Luz Ltda #read("/etc/passwd")',
        links=[{"client_id": client.id}],
        addresses=[{"street": "Rua *1*", "city": "São Paulo", "country": "BR"}],
    )
    deal = make_deal("Refit", client_id=client.id, currency="EUR", lines=LINES)
    return deal, client, entity


@pytest.fixture
def quote(admin):
    """Make one, as programs do: ``quote(deal_id=1)``."""

    def quote(**payload):
        made = admin.post(URL, json=payload)
        assert made.status_code == 201, made.text
        return made.json()

    return quote


def test_a_quotation_is_made_of_the_lines_of_its_deal(offered, quote):
    deal, client, entity = offered
    made = quote(deal_id=deal.id)
    assert made["number"] == f"{today().year}-0001"
    assert (made["client_id"], made["counterparty_id"], made["currency"]) == (client.id, entity.id, "EUR")
    assert made["valid_until"] == f"{today() + timedelta(days=30)}"
    assert [(one["product"], one["discount"]) for one in made["lines"]] == [
        ("Chair", "10.00"),
        ("Table", "0.00"),
    ]
    assert (made["net"], made["tax"], made["total"]) == ("173.97", None, "173.97")  # 59.97 less 10 %: 53.97
    assert quote(deal_id=deal.id)["number"] == f"{today().year}-0002"


def test_sums_are_those_of_the_lines_as_printed():
    lines = [QuotationLine(product="A", quantity=Decimal(3), price=Decimal("0.335"), discount=Decimal(0),
                           tax_rate=Decimal(rate)) for rate in (20, 20, 7)]  # fmt: skip
    found = totals(lines, "EUR")  # each line is 1.005, printed as 1.01 (half away from nothing) or 1.00
    each = found.net / 3
    assert each in (Decimal("1.00"), Decimal("1.01"))
    assert found.tax == {Decimal(7): Decimal("0.07"), Decimal(20): Decimal("0.40")}
    assert found.total == found.net + Decimal("0.47")
    assert totals(lines, "JPY").net == 3  # a currency without cents


def test_what_was_sent_stays_and_a_new_version_takes_its_place(admin, offered, quote, faults, database):
    deal, *_rest = offered
    first = quote(deal_id=deal.id, terms="Net 30")
    url = f"{URL}/{first['id']}"
    line = {**first["lines"][0], "tax_rate": "19"}
    del line["price_why"]
    assert admin.patch(url, json={"lines": [line]}).json()["total"] == "64.22"  # 53.97 and 10.25
    sent = admin.post(f"{url}/send", json={})
    assert (sent.status_code, sent.json()["state"]) == (200, "sent")
    for change in ({"lines": []}, {"terms": "Net 60"}, {"valid_until": "2099-01-01"}):
        assert admin.patch(url, json=change).json()["code"] == "quotation_sent"
    changed = {"lines": [{"id": sent.json()["lines"][0]["id"], "price": "1"}]}
    assert admin.patch(url, json=changed).json()["code"] == "quotation_sent"
    assert admin.delete(url).json()["code"] == "quotation_sent"
    assert admin.post(f"{url}/send", json={}).json()["code"] == "quotation_state"

    second = quote(deal_id=deal.id, previous_id=first["id"])
    assert (second["number"], second["edition"]) == (f"{first['number']}-2", 2)
    assert (second["terms"], second["total"]) == ("Net 30", "64.22")
    assert admin.get(url).json()["state"] == "sent"
    admin.post(f"{URL}/{second['id']}/send", json={})
    assert admin.get(url).json()["state"] == "replaced"
    other = admin.post("/api/v1/deals", json={"title": "Other"}).json()
    wrong = admin.post(URL, json={"deal_id": other["id"], "previous_id": first["id"]})
    assert faults(wrong) == {("previous_id", "other_deal")}
    moved = admin.patch(f"{URL}/{second['id']}", json={"deal_id": other["id"]})
    assert faults(moved) == {("deal_id", "other_deal")}


def test_without_prices_nothing_is_sent(admin, make_deal, quote, faults):
    made = quote(deal_id=make_deal(lines=[{"product": "Chair"}]).id)
    assert made["total"] is None
    assert faults(admin.post(f"{URL}/{made['id']}/send", json={})) == {("lines", "required")}
    assert admin.get(f"{URL}/{made['id']}").json()["state"] == "draft"
    late = quote(deal_id=made["deal_id"], issued_on="2026-01-01", valid_until="2026-01-02",
                 lines=[{"product": "Chair", "price": "1"}])  # fmt: skip
    assert faults(admin.post(f"{URL}/{late['id']}/send", json={})) == {("valid_until", "out_of_range")}


def test_accepting_takes_the_lines_over_and_moves_the_deal_which_nobody_wins_by_that(
    admin, offered, quote, stages, row, faults
):
    deal, *_rest = offered
    made = quote(deal_id=deal.id, lines=[{"product": "Bench", "price": "80", "quantity": "2"}])
    url = f"{URL}/{made['id']}"
    assert admin.post(f"{url}/accept", json={}).json()["code"] == "quotation_state"
    admin.post(f"{url}/send", json={})
    assert faults(admin.post(f"{url}/accept", json={"stage_id": 999})) == {("stage_id", "no_such_record")}
    done = admin.post(
        f"{url}/accept", json={"answer": "Yes", "take": True, "stage_id": stages()["Negotiation"]}
    )
    assert (done.json()["state"], done.json()["answered_on"]) == ("accepted", f"{today()}")
    held = row(deal.id)
    assert (held.amount, held.state, held.stage_id) == (160, "open", stages()["Negotiation"])
    assert admin.post(f"{url}/decline", json={}).json()["code"] == "quotation_state"


def test_the_pdf_that_was_sent_is_kept_with_the_deal_and_shows_what_strangers_wrote_as_text(
    admin, offered, quote, database, settings
):
    deal, _client, entity = offered
    for language in ("en", "pt_BR", "ru"):
        made = quote(deal_id=deal.id, language=language, terms='#panic("x") $a$ *b*')
        draft = admin.get(f"{URL}/{made['id']}/pdf")
        assert draft.content.startswith(b"%PDF")
        assert draft.headers["content-type"] == "application/pdf"
    with database.read() as session:
        printed = quotation_pdf._data(session, settings.company, session.get(Quotation, made["id"]), SYSTEM)
        assert printed["buyer"]["name"] == entity.legal_name
        assert printed["buyer"]["lines"] == ["Rua *1*, São Paulo, Brazil"]
    admin.post(f"{URL}/{made['id']}/send", json={})
    kept = admin.get("/api/v1/files").json()["items"]
    assert [(one["about_kind"], one["about_id"], one["media_type"]) for one in kept] == [
        ("deal", deal.id, "application/pdf")
    ]
    before = admin.get(f"{URL}/{made['id']}/pdf").content
    admin.patch(f"/api/v1/counterparties/{entity.id}", json={"legal_name": "Another"})
    assert admin.get(f"{URL}/{made['id']}/pdf").content == before
    assert admin.get(f"/api/v1/files/{kept[0]['id']}/content").content == before


class TestOfOwnCompany:
    @pytest.fixture
    def plugins_on(self):
        return ("organization", "deals")

    def test_the_pdf_says_who_sells_and_where_to_pay_to(self, admin, offered, quote, database, settings):
        made = quote(deal_id=offered[0].id)

        def printed():
            with database.read() as session:
                of = session.get(Quotation, made["id"])
                found = quotation_pdf._data(session, settings.company, of, SYSTEM)
                return found["seller"], found["pay"]

        assert printed() == ({"name": settings.company.name, "lines": ()}, ())
        ours = {"name": "Vinculo", "legal_name": "Vinculo Lda", "street": "Rua 2", "city": "Porto",
                "country": "PT", "registration_number": "77"}  # fmt: skip
        company = admin.post("/api/v1/companies", json=ours).json()
        for number, currency in (("NL26VAYB8060476890", "USD"), ("DE02120300000000202051", "EUR")):
            bank = {"name": currency, "number": number, "company_id": company["id"], "currency": currency}
            assert admin.post("/api/v1/bank_accounts", json=bank).status_code == 201
        assert printed() == (
            {"name": "Vinculo Lda", "lines": ["Rua 2, Porto, Portugal", "Registration number: 77"]},
            [("Bank account", "DE02 1203 0000 0000 2020 51")],
        )
        assert admin.get(f"{URL}/{made['id']}/pdf").content.startswith(b"%PDF")


def test_one_is_reminded_once_before_and_once_when_it_is_over(admin, offered, quote, database, make_user):
    deal, *_rest = offered
    ana = make_user("ana")
    soon = quote(deal_id=deal.id, valid_until=f"{today() + timedelta(days=2)}", responsible_id=ana.id)
    later = quote(deal_id=deal.id, valid_until=f"{today() + timedelta(days=20)}", responsible_id=ana.id)
    quote(deal_id=deal.id, valid_until=f"{today()}", responsible_id=ana.id)  # a draft waits for nobody
    for one in (soon, later):
        admin.post(f"{URL}/{one['id']}/send", json={})

    def told():
        with database.write() as session:
            quotation_steps.look_after(session)
        with database.read() as session:
            return [*session.scalars(sa.select(Notice.label).where(Notice.user_id == ana.id))]

    assert told() == told() == ["Quotation about to expire"]
    with database.write() as session:
        over = sa.update(Quotation).where(Quotation.id == soon["id"])
        session.execute(
            over.values(issued_on=today() - timedelta(days=9), valid_until=today() - timedelta(days=1))
        )
    assert told() == told() == ["Quotation about to expire", "Quotation expired"]
    assert admin.get(f"{URL}/{soon['id']}").json()["state"] == "expired"
    assert admin.post(f"{URL}/{soon['id']}/accept", json={}).json()["state"] == "accepted"


def test_quotations_follow_their_deal(admin, offered, quote, database, make_client, make_user):
    deal, *_rest = offered
    made = quote(deal_id=deal.id)
    other, ana = make_client("Outra"), make_user("ana")
    admin.patch(f"/api/v1/deals/{deal.id}", json={"client_id": other.id, "responsible_id": ana.id})
    held = admin.get(f"{URL}/{made['id']}").json()
    assert (held["client_id"], held["responsible_id"]) == (other.id, ana.id)


def test_who_does_not_see_the_lines_of_deals_learns_them_nowhere(offered, quote, make_role, member):
    deal, *_rest = offered
    made = quote(deal_id=deal.id)
    reads = dict.fromkeys(("deals.deal.read", "deals.quotation.read"), Scope.ALL)
    make_role("Member", {"*": None, **reads}, {("deal", "amount"): FieldAccess.HIDDEN})
    seen = member.get(f"{URL}/{made['id']}").json()
    assert {"lines", "net", "total"}.isdisjoint(seen)
    assert seen["number"] == made["number"]
    assert member.get(f"{URL}/{made['id']}/pdf").status_code == 403
    card = member.get(f"/quotations/{made['id']}")
    assert card.status_code == 200
    assert "173.97" not in card.text
    assert "Chair" not in card.text
    assert "173.97" not in member.get(f"/deals/{deal.id}").text


def test_pages_make_send_and_accept(admin, offered, database):
    deal, *_rest = offered
    assert admin.post(f"/deals/{deal.id}/quotation").url.path == "/quotations/1"
    card = admin.get("/quotations/1").text
    assert "Chair" in card
    assert "Mark as sent" in card
    admin.post("/quotations/1/send")
    assert "The client answered" in admin.get("/quotations/1").text
    admin.post("/quotations/1/again")
    assert f"{today().year}-0001-2" in admin.get(f"/deals/{deal.id}").text
    admin.post("/quotations/1/accept", data={"take": "true", "answer": "Yes"})
    with database.read() as session:
        assert session.get(Quotation, 1).state == "accepted"
        assert session.get(Deal, deal.id).amount == Decimal("173.973")  # exact, as lines of deals are
    admin.post("/quotations/days", data={"valid_days": "10", "remind_days": "1"})
    made = admin.post(URL, json={"deal_id": deal.id}).json()
    assert made["valid_until"] == f"{today() + timedelta(days=10)}"
