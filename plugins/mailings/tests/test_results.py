"""What followed mailings: deals, orders and payments within so many days, and the rows behind."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope
from vinculo.clients.models import Client
from vinculo.db.base import now
from vinculo_mailings.models import Send

URL = "/mailings/results"
TODAY = now().date()


@pytest.fixture
def plugins_on():
    return ("mailings", "deals", "organization", "orders", "payments", "segments")


def day(days):
    return f"{TODAY + timedelta(days=days)}"


@pytest.fixture
def put(admin):
    def put(url, **values):
        answer = admin.post(f"/api/v1/{url}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return put


@pytest.fixture
def win(admin, put):
    """A deal that was won on a day: ``win(client, -9, "100.00")``."""

    def win(client, days, amount, title="Sold"):
        found = put("deals", title=title, client_id=client.id, amount=amount, started_on=day(-40))
        stages = admin.get("/api/v1/pipelines/1").json()["stages"]
        [won] = [one["id"] for one in stages if one["state"] == "won"]
        said = {"stage_id": won, "closed_on": day(days)}
        assert admin.patch(f"/api/v1/deals/{found}", json=said).status_code == 200
        return found

    return win


@pytest.fixture
def company(admin, make_clients, make_mailing, work, database, win, put):
    """A mailing of ten days ago to Ana (twice) and Bia, another of two days ago to Bia; Eva got nothing.

    Ana: won 100 (9 days ago), 20 on the day of the first mailing, and before it 7. Bia: won 3 yesterday,
    ordered for 50, paid 30. Eva won 1,000.
    """
    ana, bia = make_clients("ana@luz.example", "bia@luz.example")
    first, second = (make_mailing(name="Autumn"), make_mailing(to="name=Bia", name="Winter"))
    for one in (first, second):
        admin.post(f"/mailings/{one.id}/do/start")
    work()
    [eva] = make_clients("eva@luz.example")
    with database.write() as session:
        for mailing, days in ((first, 10), (second, 2)):
            at = now().replace(hour=12) - timedelta(days=days)
            session.execute(sa.update(Send).where(Send.mailing_id == mailing.id).values(sent_at=at))
        [one] = session.scalars(sa.select(Send).where(Send.client_id == ana.id))
        again = {key.name: getattr(one, key.name) for key in Send.__table__.c if key.name != "id"}
        session.execute(sa.insert(Send).values({**again, "address_key": "a@luz.example", "token": "0" * 32}))
    for client, days, amount in (
        (ana, -9, "100.00"),
        (ana, -10, "20.00"),
        (ana, -11, "7.00"),
        (bia, -1, "3.00"),
    ):
        win(client, days, amount, f"Sold for {amount}")
    win(eva, -1, "1000.00")
    put("deals", title="Open", client_id=ana.id, amount="9.00")
    put("orders", client_id=bia.id, ordered_on=day(-3), state="confirmed",
        lines=[{"product": "Flour", "quantity": "5", "price": "10.00"}])  # fmt: skip
    put("payments", client_id=bia.id, flow="in", paid_on=day(-1), amount="30.00")
    put("payments", client_id=bia.id, flow="out", paid_on=day(-1), amount="11.00")
    return {"Autumn": first.id, "Winter": second.id, "Ana": ana.id, "Bia": bia.id}


def table(page):
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    rows = [[re.sub("<.*?>", "", one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row)]
            for row in body.split("</tr>")]  # fmt: skip
    heads = [re.sub("<.*?>", "", one) for one in re.findall(r"<th [^>]*>(.*?)</th>", page)]
    return {row[0]: dict(zip(heads[1:], row[1:], strict=True)) for row in rows if row}


def followed(page):
    return {name: [row[one] for one in ("Deals won", "Orders", "Payments received")]
            for name, row in table(page).items()}  # fmt: skip


def behind(page, text):
    """The address behind a figure."""
    return re.search(rf'<a href="([^"]*)">{re.escape(text)}</a>', page)[1].replace("&amp;", "&")


def test_what_followed_is_counted_once_for_each_mailing_before_it(admin, company):
    page = admin.get(URL).text
    assert followed(page) == {
        "Autumn": ["3 · 123", "1 · 50", "1 · 30"], "Winter": ["1 · 3", "", "1 · 30"],
    }  # fmt: skip
    assert table(page)["Autumn"]["Sent"] == "3"
    rows = table(admin.get(behind(page, "3 · 123")).text)
    assert {name: (row["Client"], row["Amount"]) for name, row in rows.items()} == {
        "Sold for 3.00": ("Bia", "3"), "Sold for 100.00": ("Ana", "100"), "Sold for 20.00": ("Ana", "20"),
    }  # fmt: skip
    told = admin.get(f"/api/v1/mailings/{company['Autumn']}/results").json()
    assert told["days"] == 30
    assert (told["messages"]["sent"], told["messages"]["answered"], told["messages"]["failed"]) == (3, 0, 0)
    assert told["outcomes"] == {
        "deals.won": {"count": 3, "amount": "123.00"},
        "orders.ordered": {"count": 1, "amount": "50.00"},
        "payments.paid": {"count": 1, "amount": "30.00"},
    }


class TestDays:
    @pytest.fixture
    def own(self):
        return {"outcome_days": 1}

    def test_only_what_follows_within_the_days_counts(self, admin, company):
        page = admin.get(URL).text
        assert followed(page) == {"Autumn": ["2 · 120", "", ""], "Winter": ["1 · 3", "", "1 · 30"]}
        assert "until 1 days later" in page


def test_groups_days_and_conditions_narrow_the_report_and_the_rows_behind(admin, company, put):
    group = put("segments", name="Those of Bia")
    admin.put(f"/api/v1/segments/{group}/rule", json={"query": "name=Bia"})
    page = admin.get(f"{URL}?segment={group}").text
    assert followed(page)["Autumn"] == ["1 · 3", "1 · 50", "1 · 30"]
    assert table(page)["Autumn"]["Sent"] == "1"
    assert "Those of Bia" in page
    assert next(iter(table(admin.get(behind(page, "1 · 50")).text).values()))["Client"] == "Bia"
    sent = admin.get(behind(page, "1")).text
    assert "bia@luz.example" in sent
    assert "ana@luz.example" not in sent
    page = admin.get(f"{URL}?since={day(-3)}").text
    assert followed(page) == {"Winter": ["1 · 3", "", "1 · 30"]}
    assert admin.get(f"{URL}?segment[ne]={group}&until={day(-3)}").text.count("123") == 0
    assert admin.get(f"{URL}?colour=red").status_code == 400
    assert admin.get(f"{URL}?since=yesterday-ish").status_code == 422
    assert admin.get(f"{URL}?of=1&what=nothing").status_code == 200


def test_only_what_the_reader_sees_counts(make_role, make_user, open_browser, company, database, admin):
    may = {
        f"{one}.read": Scope.ALL
        for one in ("mailings.mailing", "mailings.mailing_send", "clients.client", "payments.payment")
    }
    make_role("Member", {"*": None, **may, "deals.deal.read": Scope.OWN})
    bea = make_user("bea")
    with database.write() as session:
        session.execute(sa.update(Client).where(Client.id == company["Ana"]).values(responsible_id=bea.id))
    page = open_browser(bea).get(URL).text
    row = table(page)["Autumn"]
    assert row["Deals won"] == "2 · 120"
    assert row["Payments received"] == "1 · 30"
    assert "Orders" not in row, "whose kind one may not read is not told of"


class TestWithoutThem:
    @pytest.fixture
    def plugins_on(self):
        return ("mailings",)

    def test_without_plugins_that_sell_there_is_nothing_of_it(self, admin, make_clients, make_mailing, work):
        make_clients("ana@luz.example")
        made = make_mailing()
        admin.post(f"/mailings/{made.id}/do/start")
        work()
        page = admin.get(URL).text
        assert [*table(page)["Autumn"]][-1] == "Failed"
        assert "What followed" not in page
        assert admin.get(f"/api/v1/mailings/{made.id}/results").json()["outcomes"] == {}
