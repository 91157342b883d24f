"""The formulae by hand, and the pages that show them with the rows behind each number."""

import inspect
import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from vinculo.actor import FieldAccess, Scope
from vinculo_marketing import explained
from vinculo_marketing.statistics import Model, acquisition_cost, credited, return_on, shares

F = Fraction


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Model.FIRST, [[1], [1, 0], [1, 0, 0, 0]]),
        (Model.LAST, [[1], [0, 1], [0, 0, 0, 1]]),
        (Model.LINEAR, [[1], [F(1, 2)] * 2, [F(1, 4)] * 4]),
        (Model.ENDS, [[1], [F(1, 2)] * 2, [F(2, 5), F(1, 10), F(1, 10), F(2, 5)]]),
    ],
)
def test_a_sale_is_shared_out_whole(model, expected):
    assert [[*shares(count, model)] for count in (1, 2, 4)] == expected
    assert shares(0, model) == ()
    for count in range(1, 20):
        assert sum(shares(count, model)) == 1


def test_only_touches_up_to_the_day_of_the_sale_are_credited():
    journey = [(date(2026, 1, 1), "fair"), (date(2026, 2, 1), "letter"), (date(2026, 3, 1), "fair")]
    assert credited(journey, date(2026, 2, 1), Model.LAST) == {"letter": 1}
    assert credited(journey, date(2026, 3, 2), Model.ENDS) == {"fair": F(4, 5), "letter": F(1, 5)}
    assert credited(journey, date(2025, 12, 31), Model.FIRST) == {}


def test_cost_and_return():
    assert acquisition_cost(Decimal(300), 4) == Decimal(75)
    assert acquisition_cost(Decimal(300), 0) is None
    assert return_on(F(500), Decimal(200)) == 1.5
    assert return_on(F(100), Decimal(200)) == -0.5
    assert return_on(F(100), Decimal(0)) is None


def test_pages_say_what_the_code_says():
    for function, text in explained.OF.items():
        assert " ".join(inspect.getdoc(function).split()) == str(text)


def rows(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell) for cell in row] for row in cells if row]


def links(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    return [one.replace("&amp;", "&") for one in re.findall(r'href="(.*?)"', table)]


@pytest.fixture
def company(make, make_client):
    """Fairs cost 400 and brought Luz; letters cost 100 and brought Sol; Luz came back by a letter."""
    fairs, letters = make("channel", name="Fairs"), make("channel", name="Letters")
    year = make("campaign", name="Year", channel_id=fairs.id, costs=[{"day": "2026-01-01", "amount": "100"}])
    make("event", name="Food fair", campaign_id=year.id, costs=[{"day": "2026-01-02", "amount": "300"}])
    post = make(
        "campaign", name="Post", channel_id=letters.id, costs=[{"day": "2026-02-01", "amount": "100"}]
    )
    luz, sol = make_client("Luz"), make_client("Sol")
    at = "2026-0{}-05T12:00:00+00:00".format
    make("touch", client_id=luz.id, event_id=1, happened_at=at(1))
    make("touch", client_id=luz.id, campaign_id=post.id, happened_at=at(2))
    make("touch", client_id=sol.id, campaign_id=post.id, happened_at=at(2))
    return luz, sol


class TestAlone:
    def test_without_sales_there_are_clients_and_costs(self, admin, company):
        page = admin.get("/marketing/reports").text
        assert rows(page) == [["Fairs", "1", "400", "400"], ["Letters", "1", "100", "100"]]
        assert "ROI" not in page.partition("<tbody>")[0]
        assert str(explained.COST)[:40] in page
        behind = admin.get(next(one for one in links(page) if "what=clients" in one)).text
        assert rows(behind) == [["Luz", "5 Jan 2026"]]

        assert rows(admin.get("/marketing/reports/campaigns?since=2026-02-01").text) == [
            ["Post", "1", "100", "100"]
        ]
        events = rows(admin.get("/marketing/reports/events").text)
        assert events == [["Food fair", "1", "300", "300"], ["Without a source", "1", "200", "200"]]
        assert admin.get("/marketing/reports/nothing").status_code == 404
        assert admin.get("/marketing/reports?since=yesterday-ish").status_code == 422

    def test_costs_are_for_those_who_see_them(self, open_browser, make_user, make_role, company):
        make_role("Member", {"*": Scope.ALL}, {("campaign", "costs"): FieldAccess.HIDDEN})
        page = open_browser(make_user("ana")).get("/marketing/reports").text
        assert rows(page) == [["Fairs", "1"], ["Letters", "1"]]

    def test_a_list_of_clients_is_narrowed_by_where_they_came_from(self, admin, company):
        found = admin.get(
            "/api/v1/clients?marketing_first_source[contains]=Food&fields=marketing_touches"
        ).json()
        assert [(one["id"], one["marketing_touches"]) for one in found["items"]] == [(company[0].id, 2)]
        assert "Fairs · Year · Food fair" in admin.get(f"/clients/{company[0].id}").text


class TestWithDeals:
    @pytest.fixture
    def plugins_on(self):
        return ("deals", "marketing", "segments")

    @pytest.fixture
    def sales(self, admin, company):
        luz, sol = company
        assert admin.post("/api/v1/deals", json={"title": "First"}).status_code == 201
        stages = admin.get("/api/v1/pipelines/1").json()["stages"]
        won = next(one["id"] for one in stages if one["state"] == "won")
        for client, amount, day in (
            (luz, "1000", "2026-03-01"),
            (sol, "500", "2026-03-02"),
            (sol, "70", "2026-01-01"),
        ):
            deal = {"title": f"Oven {amount}", "client_id": client.id, "stage_id": won, "amount": amount,
                    "started_on": "2026-01-01", "closed_on": day}  # fmt: skip
            made = admin.post("/api/v1/deals", json=deal)
            assert made.status_code == 201, made.text

    def test_sales_are_credited_by_each_model(self, admin, sales):
        page = admin.get("/marketing/reports").text
        assert rows(page) == [
            ["Fairs", "1", "1", "1,000", "400", "400", "150 %"],
            ["Letters", "1", "1", "500", "100", "100", "400 %"],
            ["Without a source", "0", "1", "70", "", "", ""],
        ]
        assert "revenue stands in its place" in page
        last = rows(admin.get("/marketing/reports/channels?by=last").text)
        assert [row[2:4] for row in last] == [["2", "1,500"], ["0", "0"], ["1", "70"]]
        linear = rows(admin.get("/marketing/reports/channels?by=linear").text)
        assert [(row[0], *row[2:4]) for row in linear[:2]] == [
            ("Letters", "1.5", "1,000"),
            ("Fairs", "0.5", "500"),
        ]
        march = rows(admin.get("/marketing/reports/channels?by=40-20-40&since=2026-03-02").text)
        assert march == [["Letters", "0", "1", "500", "", "", ""]]

        behind = next(one for one in links(page) if "what=sales" in one)
        assert rows(admin.get(behind).text) == [["Oven 1000", "Luz", "1 Mar 2026", "1,000", "100 %", "1,000"]]

    def test_a_group_of_clients_narrows_them_and_the_rows_behind(self, admin, sales):
        made = admin.post("/api/v1/segments", json={"name": "Only Luz"}).json()["id"]
        assert admin.put(f"/api/v1/segments/{made}/rule", json={"query": "name=Luz"}).status_code == 200
        address = f"/marketing/reports/channels?by=last&segment={made}"
        page = admin.get(address).text
        assert rows(page) == [["Letters", "0", "1", "1,000"], ["Fairs", "1", "0", "0"]]
        assert "Only Luz" in page
        assert "costs are not told" in page
        behind = admin.get(next(one for one in links(page) if "what=sales" in one)).text
        assert [row[1] for row in rows(behind)] == ["Luz"]
        others = admin.get(f"/marketing/reports/channels?by=last&segment[ne]={made}").text
        assert [row[:4] for row in rows(others)] == [
            ["Letters", "1", "1", "500"],
            ["Without a source", "0", "1", "70"],
        ]
        assert admin.get("/marketing/reports/channels?segment=99").status_code == 404

    def test_who_may_not_see_deals_sees_no_revenue(self, open_browser, make_user, make_role, sales):
        make_role("Member", {"*": Scope.ALL}, {("deal", "amount"): FieldAccess.HIDDEN})
        page = open_browser(make_user("ana")).get("/marketing/reports").text
        assert "1,000" not in page
        assert rows(page)[0][:3] == ["Fairs", "1", "1"]
