"""Orders on cards, on the timeline, in facts and in the report."""

import re

import pytest

from vinculo_orders import service

PAGE = "/orders"


@pytest.fixture
def march(monkeypatch):
    """It is March 2026."""
    monkeypatch.setattr("vinculo_orders.facts.today", lambda: service.date(2026, 3, 20))


def test_buttons_move_it_and_a_move_is_undone(admin, make_order, row):
    made = make_order().id
    page = admin.get(f"{PAGE}/{made}").text
    assert re.findall(r'name="state" value="(\w+)"', page) == ["confirmed", "cancelled"]
    answer = admin.post(f"{PAGE}/{made}/move", data={"state": "confirmed"})
    assert "Confirmed" in answer.text
    undo = re.search(rf'"(/orders/{made}/changes/\d+/undo[^"]*)"', answer.text)[1].replace("&amp;", "&")
    admin.post(undo)
    assert row(made).state == "draft"
    assert admin.post(f"{PAGE}/{made}/move", data={"state": "lost"}).status_code == 422
    assert admin.post(f"{PAGE}/99/move", data={"state": "confirmed"}).status_code == 404


def test_a_client_knows_its_orders(admin, march, make_order, make_client):
    luz = make_client("Luz").id
    for state, day in (("confirmed", "2026-03-02"), ("draft", "2026-03-05")):
        make_order(client_id=luz, state=state, ordered_on=day)
    make_order(client_id=luz, state="confirmed", ordered_on="2024-01-02")
    fields = "orders_open,orders_year,orders_last"
    [told] = admin.get(f"/api/v1/clients?fields={fields}").json()["items"]
    assert {name: told[name] for name in fields.split(",")} == {
        "orders_open": 2, "orders_year": "49.05", "orders_last": "2026-03-02",
    }  # fmt: skip
    card = admin.get(f"/clients/{luz}").text
    assert "O2026-00001" in card
    assert f"/orders/new?client_id={luz}" in card.replace("&amp;", "&")


def test_the_report_counts_by_month_and_state_with_the_rows_behind(admin, make_order):
    for state, day in (("confirmed", "2026-03-02"), ("draft", "2026-03-05"), ("confirmed", "2026-04-01")):
        make_order(state=state, ordered_on=day)
    page = admin.get("/orders/reports").text
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [[re.sub(r"<.*?>", "", one) for one in re.findall(r"<td[^>]*>(.*?)</td>", row)]
             for row in body.split("</tr>") if row.strip()]  # fmt: skip
    assert [row[1:] for row in cells] == [["1", "1", "", "", "", "49"], ["", "1", "", "", "", "49"]]
    assert "2 orders that stand, over 98.1" in page
    behind = re.search(r'<a href="([^"]*state=confirmed[^"]*)">1</a>', body)[1].replace("&amp;", "&")
    assert sorted({*re.findall(r">\s*(O2026-\d+)\s*<", admin.get(behind).text)}) == ["O2026-00001"]
    part = admin.get("/orders/reports/months?since=2026-04-01").text
    assert "1 orders that stand" in part
    assert admin.get("/orders/reports/nothing").status_code == 404
