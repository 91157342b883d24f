"""How far the process is kept: what was due by weight, who sees it, and what was won with a step."""

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope, Source, system
from vinculo.db.base import now
from vinculo_deals import compliance
from vinculo_deals.process_models import Duty
from vinculo_deals.reports import Which
from vinculo_deals.statistics import kept


@pytest.fixture
def past(database):
    """Move what is due of a step, and when it was done, by days."""

    def past(name, **days):
        values = {key: None if n is None else now() + timedelta(days=n) for key, n in days.items()}
        with database.write() as session:
            session.execute(sa.update(Duty).where(Duty.name == name).values(**values))

    return past


def cells(page):
    table = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in table.split("</tr>")]
    return [[re.sub(r"<.*?>", "", cell).strip() for cell in row] for row in found if row]


def test_what_was_due_is_counted_by_weight(admin, member, allow, line, make_step, make_deal, past, database):
    pipeline_id, at = line()
    weights = {"On time": 3, "Late": 2, "Missing": 4, "Skipped": 1, "Approved": 5, "Not due": 7}
    for name, weight in weights.items():
        make_step(name, stage_id=at["A"], weight=weight, due_days=1)
    make_step("Gift", stage_id=at["A"], weight=50, required=False)
    made = make_deal("Refit", pipeline_id=pipeline_id)
    for name in weights:
        past(name, due_at=5 if name == "Not due" else -2)
    past("On time", done_at=-3)
    past("Late", done_at=-1)
    past("Skipped", skipped_at=-3)
    past("Approved", skipped_at=-3, approved_at=-1)
    past("Gift", due_at=-2)

    report = admin.get("/deals/reports/process?by=deal")
    assert cells(report.text) == [["Refit", "1", "15", "53.3 %", "1", "2"]]  # (3 + 5) of 15
    assert "53.3 % of what was due was done on time; 2 steps are missing." in report.text
    assert "53 % of what was due was done on time." in admin.get(f"/deals/{made.id}").text
    with database.read() as session:
        held = session.scalars(sa.select(Duty).where(Duty.required, Duty.due_at <= now()))
        by_hand = {}
        for one in held:
            done = one.done_at or (one.skipped_at if one.approved_at else None)
            by_hand.setdefault(kept(one.due_at, done, now()), []).append(one.weight)
        (found,) = compliance.groups(session, Which(system(Source.JOB)), "deal")
    # SQL counts as the formula says.
    assert {one: sum(held) for one, held in by_hand.items()} == found.weights, (
        "SQL counts as the formula says"
    )
    behind = cells(admin.get(f"/deals/reports/steps_left?_of=deal&_key={made.id}").text)
    assert [(row[1], row[5]) for row in behind][:2] in (
        [("Missing", "Missing"), ("Skipped", "Missing")], [("Skipped", "Missing"), ("Missing", "Missing")],
    )  # fmt: skip
    assert (behind[2][1], behind[2][6]) == ("Late", "2")
    make_deal("Another's", pipeline_id=pipeline_id, responsible_id=1)
    allow()
    assert cells(member.get("/deals/reports/process?by=deal").text) != []


def test_a_manager_counts_what_they_see(admin, member, make_role, line, make_step, make_deal, past):
    pipeline_id, at = line()
    make_step("Call", stage_id=at["A"], due_days=1)
    make_deal("Another's", pipeline_id=pipeline_id)
    past("Call", due_at=-1)
    rights = {"deals.deal.read": Scope.OWN, "deals.deal_stage.read": Scope.ALL}
    make_role("Member", {"*": None, **rights})
    for name in ("process", "steps_left", "step_wins"):
        assert "Another" not in member.get(f"/deals/reports/{name}?by=deal").text
        assert cells(member.get(f"/deals/reports/{name}?by=deal").text) == []
    assert len(cells(admin.get("/deals/reports/steps_left").text)) == 1


def test_the_win_rate_with_a_step_stands_beside_that_without(
    admin, line, make_step, make_deal, make_reason, stages, database
):
    pipeline_id, at = line("manual")
    made = make_step("Visit", stage_id=at["A"])
    reason = make_reason()
    for number, (won, done) in enumerate(
        [(True, True)] * 3 + [(False, True)] + [(True, False), (False, False)]
    ):
        deal_made = make_deal(f"Deal {number}", pipeline_id=pipeline_id)
        if done:
            with database.write() as session:
                mine = sa.update(Duty).where(Duty.deal_id == deal_made.id)
                session.execute(mine.values(done_at=now()))
        to = {"stage_id": at["Done"]} if won else {"stage_id": at["Given up"], "lost_reason_id": reason.id}
        assert admin.patch(f"/api/v1/deals/{deal_made.id}", json=to).status_code == 200
    page = admin.get("/deals/reports/step_wins").text
    assert cells(page) == [
        [
            "Visit",
            "A",
            "4",
            "75.0 % (30\N{EN DASH}95)",
            "2",
            "50.0 % (9\N{EN DASH}91)",
            "+25.0, may be chance",
        ]
    ]
    behind = cells(admin.get(f"/deals/reports/step_wins?_step={made.id}&_done=0").text)
    assert {row[0] for row in behind} == {"Deal 4", "Deal 5"}
