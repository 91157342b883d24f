"""Speed, unmet demand, purchases that are due, and any measure by any two groups."""

import re
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from vinculo.actor import Scope
from vinculo.app import load_registry
from vinculo.i18n import today
from vinculo_deals import jobs, repeating
from vinculo_deals.groups import WAYS
from vinculo_deals.statistics import Wanted, next_purchase, unmet, velocity, walked


def test_velocity_is_what_open_deals_bring_in_a_day():
    assert velocity(10, 0.4, Decimal(500), 20.0) == 100
    assert velocity(10, 0.4, None, 20.0) is None
    assert velocity(10, 0.4, Decimal(500), 0) is None


def test_demand_is_unmet_as_far_as_it_was_not_sold():
    lost, short = unmet([
        Wanted("price", 1, Decimal(100), Decimal(0)),
        Wanted("stock", 2, Decimal(100), Decimal(60)),
        Wanted("stock", 2, Decimal(50), Decimal(80)),  # no more than was asked for counts
    ])  # fmt: skip
    assert (lost.key, lost.share) == ("price", 1.0)
    assert (short.asked, short.sold, len(short.deals)) == (150, 110, 1)
    assert short.share == pytest.approx(40 / 150)


def test_the_next_purchase_is_expected_by_the_median_gap():
    first = date(2026, 1, 1)
    days = [first + timedelta(days=one) for one in (0, 10, 10, 40, 60)]  # gaps of 10, 30 and 20 days
    found = next_purchase(7, days, first + timedelta(days=90))
    assert (found.purchases, found.gap, found.due) == (4, 20, first + timedelta(days=80))
    assert (found.waiting, found.is_late) == (1.5, True)
    assert next_purchase(7, [first, first], first) is None


def test_stages_that_were_skipped_or_entered_again():
    assert walked([1, 2, 3, 4], [1, 3, 1, 3], 3, won=False) == (1, 2)
    assert walked([1, 2, 3, 4], [1, 9], 1, won=True) == (3, 0)
    assert walked([1, 2], [None, 2], None, won=False) == (0, 0)


def table(page):
    head = re.findall(r"<th[^>]*>(.*?)</th>", page.partition("<thead>")[2].partition("</thead>")[0])
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    cells = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("</tr>")]
    return head, {row[0]: row[1:] for row in cells if row}


def text(cell):
    return re.sub(r"<.*?>", "", cell)


def listed(admin, cell):
    (link,) = re.findall(r'href="([^"]*)"', cell)
    found = admin.get("/api/v1/deals?" + link.replace("&amp;", "&").partition("?")[2])
    assert found.status_code == 200, found.text
    return {one["title"] for one in found.json()["items"]}


@pytest.fixture
def sold(admin, make_client, make_deal, make_reason, stages):
    """Two wins of a client, a loss, and an open deal."""
    reason, client = make_reason("Too dear"), make_client("Harbour")
    make_deal("Open", amount="100", client_id=client.id, responsible_id=1, source="Fair")
    at = stages()

    def won(title, ago, began, **more):
        days = {
            "started_on": f"{today() - timedelta(days=began)}",
            "closed_on": f"{today() - timedelta(days=ago)}",
        }
        make_deal(title, stage_id=at["Closed won"], client_id=client.id, responsible_id=1, **days, **more)

    lines = [{"product": "Soap", "quantity": "2", "price": "10"}]
    asked = [{"product": "soap", "quantity": "5", "price": "10", "unmet": "No stock"}]
    won("A", 100, 110, lines=lines, demand=asked, source="Fair")
    won("B", 60, 80, amount="60", source="Web")
    wanted = [{"product": "Brush", "quantity": "1", "price": "7"}, {"product": "Rag", "quantity": "3"}]
    lost = {"stage_id": at["Closed lost"], "lost_reason_id": reason.id}
    make_deal("C", amount="10", source="Web", demand=wanted, **lost)
    return client


def test_the_pages_show_them(admin, sold):
    _head, found = table(admin.get("/deals/reports/speed").text)
    (mine,) = (cells for cells in found.values() if text(cells[0]) == "1")
    # One open, all are won, the median of 20 and 60 in the median of 10 and 20 days.
    assert [text(one) for one in mine[2:]] == ["40 USD", "15", "2.67 USD"]
    assert listed(admin, mine[0]) == {"Open"}

    page = admin.get("/deals/reports/demand").text
    assert "Of 57 USD that was asked for, 64.9 % was not sold." in page  # 30 of 50, and all of 7
    _head, found = table(page)
    assert [text(one) for one in found["No stock"]] == ["1", "50 USD", "20 USD", "30 USD", "60.0 %"]
    assert [text(one) for one in found["Too dear"]] == ["1", "7 USD", "0 USD", "7 USD", "100.0 %"]
    assert listed(admin, found["Too dear"][0]) == {"C"}

    page = admin.get("/deals/reports/repeat").text
    _head, found = table(page)
    ((client, cells),) = found.items()
    assert text(client) == "Harbour"
    assert [text(cells[0]), text(cells[2]), text(cells[4])] == ["2", "40", "1.5 \N{MULTIPLICATION SIGN}"]
    assert listed(admin, cells[0]) == {"A", "B"}
    assert "Follow up" not in page  # nobody does such things while tasks are off
    assert admin.post(f"/deals/repeat/{sold.id}").status_code == 404

    found = table(admin.get("/deals/reports/standing").text)[1]
    assert text(found["Interest"][0]) == "1"
    assert listed(admin, found["Interest"][0]) == {"Open"}


def test_a_pivot_counts_any_measure_by_two_groups(admin, sold):
    head, found = table(admin.get("/deals/reports/pivot?by=source&across=state").text)
    won = head.index("Deal won") - 1
    assert text(found["Fair"][won]) == "1"
    assert listed(admin, found["Fair"][won]) == {"A"}
    assert [text(found[name][-1]) for name in ("Fair", "Web", "All together")] == ["2", "2", "4"]
    head, found = table(admin.get("/deals/reports/pivot?by=client&across=begun&measure=won_amount").text)
    assert text(found["Harbour"][-1]) == "80"
    assert listed(admin, found["All together"][-1]) == {"A", "B"}


def test_every_way_to_group_works(admin, sold):
    for by in WAYS:
        answer = admin.get(f"/deals/reports/pivot?by={by}&across={by}&measure=days")
        assert answer.status_code == 200, answer.text


def test_reports_are_narrowed_as_their_list_is(admin, sold):
    found = table(admin.get("/deals/reports/funnel?source=Fair&links=as-is").text)[1]
    assert text(found["Deals begun"][0]) == "2"
    assert listed(admin, found["Deals begun"][0]) == {"Open", "A"}
    assert admin.get("/deals/reports/forecast?nonsense=1").status_code in (400, 422)
    assert "product_group" not in admin.get("/deals/reports/funnel").text


class TestWithTasks:
    @pytest.fixture
    def plugins_on(self):
        return ("deals", "tasks")

    def test_who_waits_too_long_is_made_a_task(self, admin, sold):
        page = admin.get("/deals/reports/repeat").text
        (url,) = re.findall(r'action="(/deals/repeat/\d+)"', page)
        assert admin.post(url).status_code == 200
        (task,) = admin.get("/api/v1/tasks").json()["items"]
        assert task["subject"] == "Ask about the next purchase: Harbour"
        assert task["client_id"] == sold.id
        assert "usually every 40 days" in task["note"]
        again = admin.post(url)
        assert "is asked already" in again.text
        assert str(again.url).endswith(f"/tasks/{task['id']}")
        assert len(admin.get("/api/v1/tasks").json()["items"]) == 1

    def test_the_clock_has_late_clients_asked_once_for_each_last_purchase(
        self, admin, sold, settings, database, make_deal, stages, monkeypatch
    ):
        site = SimpleNamespace(
            settings=settings,
            database=database,
            registry=load_registry(settings, database, ["deals", "tasks"]),
        )

        def tasks():
            jobs.ask_again(site)
            jobs.ask_again(site)
            return [one["client_id"] for one in admin.get("/api/v1/tasks").json()["items"]]

        monkeypatch.setattr(repeating, "LATELY", timedelta(days=-1))
        assert tasks() == []  # who is late for longer is left to people
        monkeypatch.undo()
        assert tasks() == [sold.id]
        days = [timedelta(days=one) for one in (0, 20)]
        for one in days:
            closed = (today() - one).isoformat()
            make_deal(
                "New", amount="1", client_id=sold.id, stage_id=stages()["Closed won"], closed_on=closed,
                started_on="2020-01-01",
            )  # fmt: skip
        assert tasks() == [sold.id]  # bought again: nothing is late
        monkeypatch.setattr(jobs, "today", lambda: today() + timedelta(days=60))
        assert tasks() == [sold.id, sold.id]


class TestWithProducts:
    @pytest.fixture
    def plugins_on(self):
        return ("catalog", "deals")

    def test_reports_are_narrowed_by_a_group_of_products_and_those_below(self, admin, sold):
        def add(kind, **values):
            made = admin.post(f"/api/v1/{kind}", json=values)
            assert made.status_code == 201, made.text
            return made.json()["id"]

        top = add("product-groups", name="Cleaning")
        below = add("product-groups", name="Soaps", parent_id=top)
        other = add("product-groups", name="Tools")
        add("products", name="Soap", group_id=below, unit_id=add("units", code="kg"))
        for group, count in ((top, "1"), (below, "1"), (other, "0")):
            found = table(admin.get(f"/deals/reports/funnel?product_group={group}").text)[1]
            assert text(found["Deals begun"][0]) == count
        found = table(admin.get(f"/deals/reports/funnel?product_group={top}").text)[1]
        assert listed(admin, found["Deals begun"][0]) == {"A"}


def test_everybody_counts_what_they_see(admin, sold, make_role, make_user, open_browser):
    make_role("Member", {"*": None, "deals.deal.read": Scope.OWN})
    browser = open_browser(make_user("bea"))
    for name in ("funnel", "pivot", "demand", "repeat", "accuracy", "forecast", "speed", "standing"):
        answer = browser.get(f"/deals/reports/{name}")
        assert answer.status_code == 200, name
        assert "Harbour" not in answer.text
        assert "No stock" not in answer.text
