"""The formulae by hand, and the pages that show them."""

import inspect
import re
from datetime import UTC, datetime, timedelta

import pytest

from vinculo_complaints import explained
from vinculo_complaints.statistics import Case, pareto, per_thousand, repeats, within

DAY = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_pareto_adds_up_from_the_top():
    parts = pareto([("Packing", 2), ("Carrier", 5), (None, 1), ("Never", 0)])
    assert [(one.key, one.count) for one in parts] == [("Carrier", 5), ("Packing", 2), (None, 1)]
    assert [one.share for one in parts] == [0.625, 0.25, 0.125]
    assert [one.up_to for one in parts] == [0.625, 0.875, 1.0]
    assert pareto([]) == []


def test_a_repeat_is_of_the_same_client_and_topic_within_the_days():
    def case(number, day, client=1, topic=1):
        return Case(number, client, topic, DAY + timedelta(days=day))

    cases = [case(3, 40), case(1, 0), case(2, 30), case(4, 71), case(5, 1, client=2), case(6, 2, topic=2)]
    # 2 is 30 days after 1, 3 is 10 after 2, 4 is 31 after 3; 5 and 6 are of another client, another topic
    assert [one.id for one in repeats(cases, 30)] == [2, 3]
    assert [one.id for one in repeats(cases, 31)] == [2, 3, 4]
    assert repeats(cases, 9) == []


def test_shares():
    assert per_thousand(3, 1200) == 2.5
    assert per_thousand(3, 0) is None
    assert (within(3, 4), within(0, 0)) == (0.75, None)


def test_pages_say_what_the_code_says():
    for function, text in explained.OF.items():
        assert " ".join(inspect.getdoc(function).split()) == str(text)


def rows(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell) for cell in row] for row in cells if row]


@pytest.fixture
def company(make_client, make_topic, make_cause, make_complaint):
    """Five complaints of two clients: three by the carrier, one by packing, one of which nobody knows."""
    luz, sol = make_client("Luz"), make_client("Sol")
    carrier, packing, late = make_cause("Carrier"), make_cause("Packing"), make_topic("Late")
    for day, client, cause in ((1, luz, carrier), (2, luz, carrier), (3, luz, carrier), (4, sol, packing),
                               (5, sol, None)):  # fmt: skip
        make_complaint(
            f"C{day}",
            client_id=client.id,
            topic_id=late.id,
            cause_id=cause.id if cause else None,
            product="Flour",
            received_at=f"2026-03-0{day}T12:00:00+00:00",
        )


def test_the_pages_show_them_with_the_rows_behind(admin, company):
    page = admin.get("/complaints/reports").text
    assert rows(page) == [
        ["Carrier", "3", "60.0 %", "60.0 %"],
        ["Packing", "1", "20.0 %", "80.0 %"],
        ["Without a cause", "1", "20.0 %", "100.0 %"],
    ]
    assert str(explained.PARETO)[:40] in page
    assert "per 1,000" not in page.partition("<details")[0], "nobody knows of orders"

    behind = re.search(r'<tbody><tr><td><a href="(.*?)">', page)[1].replace("&amp;", "&")
    shown = re.findall(r">\s*(C\d)\s*<", admin.get(behind).text)  # in tags: a token may hold "C4", too
    assert sorted(set(shown)) == ["C1", "C2", "C3"]
    part = admin.get("/complaints/reports/causes?since=2026-03-03&until=2026-03-04").text
    assert [row[:2] for row in rows(part)] == [["Carrier", "1"], ["Packing", "1"]]

    repeated = admin.get("/complaints/reports/repeats").text
    assert rows(repeated) == [["Late", "5", "3", "60.0 %"]]
    for by, first in (("product", "Flour"), ("client", "Luz"), ("counterparty", "Without a value")):
        found = rows(admin.get(f"/complaints/reports/groups?by={by}").text)
        assert found[0][0] == first, by
    assert admin.get("/complaints/reports/nothing").status_code == 404
    assert admin.get("/complaints/reports?since=yesterday-ish").status_code == 422


class TestWithDeals:
    @pytest.fixture
    def plugins_on(self):
        return ("complaints", "deals")

    def test_complaints_are_told_per_thousand_deals_that_were_won(self, admin, company):
        assert admin.post("/api/v1/deals", json={"title": "Refit"}).status_code == 201
        stages = admin.get("/api/v1/pipelines/1").json()["stages"]
        won = next(one["id"] for one in stages if one["state"] == "won")
        for number in range(2):
            deal = {"title": f"D{number}", "stage_id": won}
            assert admin.post("/api/v1/deals", json=deal).status_code == 201
        assert "5 complaints on 2 orders: 2,500 per 1,000." in admin.get("/complaints/reports").text
