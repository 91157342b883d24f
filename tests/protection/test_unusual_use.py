"""Whoever uses much more than is usual for them raises an alarm within minutes, with its reasons."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo import mail
from vinculo.db.base import now
from vinculo.protection.baselines import Basis, usual
from vinculo.protection.models import Usage

LOW = {"protection": {"cards_per_day": 5, "reveals_per_day": 2, "export_rows_per_day": 10}}


@pytest.mark.parametrize(
    ("own", "colleagues", "floor", "expected"),
    [
        pytest.param([20, 22, 25, 28, 30], [], 10, (Basis.OWN, 5, 25, 16, 34, 52), id="own days"),
        pytest.param([20, 22, 25, 28, 30], [], 100, (Basis.OWN, 5, 25, 16, 34, 100), id="floor"),
        pytest.param([25] * 9 + [900], [], 10, (Basis.OWN, 10, 25, 25, 25, 25), id="one wild day"),
        pytest.param([3], [40, 40, 41, 42, 42], 10, (Basis.ROLE, 5, 41, 38, 44, 50), id="colleagues"),
        pytest.param([3], [40] * 4, 10, (Basis.NONE, 1, 0, 0, 10, 10), id="too few"),
    ],
)
def test_a_range_is_made_of_medians(own, colleagues, floor, expected):
    found = usual(own, colleagues, floor=floor)

    assert tuple(getattr(found, name) for name in found.__slots__) == expected
    assert found.is_exceeded(found.limit + 1)
    assert not found.is_exceeded(found.limit)


def test_a_burst_raises_one_alarm_and_another_at_twice_its_count(make_user, did, look, alarms, database):
    ana, ben = make_user("ana"), make_user("ben")
    for days in range(1, 8):
        did(ana, 6 + days % 3, days=days)
        did(ben, 30 + days, days=days)
    did(ana, 20), did(ben, 20)
    did(ana, 20)  # the same cards again

    look(**LOW)
    look(**LOW)
    (one,) = alarms()
    assert (one.user_id, one.kind, one.count, one.step, one.state) == (ana.id, "cards", 20, 1, "new")
    wanted = {"basis": "own", "days": 7, "median": 7, "low": 4, "high": 10, "limit": 16}
    assert wanted.items() <= one.details.items()
    assert [count for _day, count in one.details["history"]] == [7, 6, 8, 7, 6, 8, 7]

    did(ana, 39)
    look(**LOW)
    assert len(alarms()) == 1
    did(ana, 40)
    look(**LOW)
    assert [(a.count, a.step) for a in alarms()] == [(20, 1), (40, 2)]
    with database.read() as session:  # days are counted once: the past is not touched again
        counts = session.execute(sa.select(Usage.user_id, sa.func.count()).group_by(Usage.user_id)).all()
    assert sorted(map(tuple, counts)) == [(ana.id, 8), (ben.id, 8)]


def test_reveals_and_exports_are_judged_and_newcomers_by_their_role(make_user, did, look, alarms):
    old, new, other = make_user("old"), make_user("new"), make_user("boss", role="Administrator")
    rows = {"kind": "client", "action": "exported"}
    for days in range(1, 7):
        did(old, 1, days=days, changes={"rows": [None, 50]}, **rows)
        did(other, 1, days=days, changes={"rows": [None, 9000]}, **rows)
    did(new, 1, changes={"rows": [None, 40]}, **rows)
    look(**LOW)
    assert alarms() == []

    did(new, 1, changes={"rows": [None, 500]}, **rows)
    did(new, 1, changes={"rows": [500, 20]}, kind="client", action="export cut off")
    did(new, 3, action="revealed", kind="person")
    look(**LOW)

    assert [(a.user_id, a.kind, a.count, a.details["basis"], a.details["limit"]) for a in alarms()] == [
        (new.id, "reveals", 3, "none", 2),
        (new.id, "rows", 60, "role", 50),
    ]


def test_an_alarm_is_explained_and_seen_to_with_a_remark(
    admin, member, make_user, make_role, open_browser, did, look, alarms
):
    ana = make_user("ana", full_name="Ana <Lima>")
    for days in range(1, 21):
        did(ana, 10 + days % 5, days=days)
    did(ana, 120)
    look()
    (alarm,) = alarms()
    url = f"/settings/alarms/{alarm.id}"

    assert '<span class="count">1</span>' in admin.get("/").text
    text = admin.get("/settings/alarms").text
    why = "120 client cards on one day. Usually 9 to 15 a day (median 12 over 20 days)"
    assert "Ana &lt;Lima&gt;" in text
    assert "120; usually 9 to 15" in text
    page = admin.get(url).text
    assert why in page
    assert page.count("<rect") == 21
    day = alarm.day.isoformat()
    link = f"/settings/audit?from={day}&amp;to={day}&amp;actor_id={ana.id}&amp;action=viewed&amp;kind=client"
    assert link in page
    assert admin.get(link.replace("&amp;", "&")).status_code == 200
    assert "Usually 9 to 15 a day" in admin.get(f"/settings/users/{ana.id}/security").text

    assert member.get(url).status_code == member.post(url, data={"remark": "x"}).status_code == 403
    make_role("Guard", {"protection.alarm.read": "all"})
    guard = open_browser(make_user("guard", role="Guard"))
    assert "What did you find?" not in guard.get(url).text
    assert guard.post(f"/api/v1/alarms/{alarm.id}/acknowledge", json={"remark": "x"}).status_code == 403

    assert admin.post(url, data={"remark": " "}).status_code == 422
    done = admin.post(url, data={"remark": "She prepared the fair."}, follow_redirects=False)
    assert done.status_code == 303
    assert admin.post(f"/api/v1/alarms/{alarm.id}/acknowledge", json={"remark": "x"}).status_code == 409
    (item,) = admin.get("/api/v1/alarms", params={"state": "acknowledged"}).json()["items"]
    assert (item["remark"], item["kind"], item["count"]) == ("She prepared the fair.", "cards", 120)
    assert "no new alarm" in admin.get("/settings/alarms").text
    assert "She prepared the fair." in admin.get(url).text
    events = admin.get("/api/v1/audit", params={"kind": "alarm"}).json()["items"]
    assert [event["action"] for event in events] == ["alarm acknowledged", "alarm raised"]


@pytest.mark.parametrize("bad", ["state=open", "limit=0", "limit=201", "before=x"])
def test_a_wrong_parameter_is_named(admin, bad):
    answer = admin.get(f"/api/v1/alarms?{bad}")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == bad.partition("=")[0]


def test_who_may_see_alarms_is_told_by_mail_once(make_user, make_role, did, look, monkeypatch):
    sent = []
    monkeypatch.setattr(mail, "send", lambda _settings, **letter: sent.append(letter))
    make_role("Guard", {"protection.alarm.read": "all"})
    make_user("boss", role="Administrator", email="boss@x.example")
    make_user("guard", role="Guard", email="guard@x.example", language="pt_BR")
    make_user("gone", role="Guard", email="gone@x.example", active=False)
    ana = make_user("ana", email="ana@x.example")
    did(ana, 9)
    server = {"mail": {"host": "mail.x.example"}, "server": {"public_url": "https://crm.x.example"}}

    look(**LOW)
    assert sent == []
    look(**LOW, **server)
    look(**LOW, **server)

    assert sorted(letter["to"] for letter in sent) == ["boss@x.example", "guard@x.example"]
    assert "9 client cards on one day" in sent[0]["text"]
    assert "https://crm.x.example/settings/alarms/1" in sent[0]["text"]


def test_the_command_lists_them(vinculo, did, look, make_user):
    did(make_user("ana"), 9)
    look(**LOW)

    assert "9 client cards on one day" in vinculo("alarms")
    (item,) = json.loads(vinculo("alarms", "--json"))
    assert (item["kind"], item["state"], item["user"]) == ("cards", "new", "Ana")


def test_the_day_is_that_of_the_company(make_user, did, look, alarms, database):
    ana = make_user("ana")
    did(ana, 9)
    look(**LOW, company={"time_zone": "Pacific/Kiritimati"})

    (one,) = alarms()
    assert one.day == (now() + timedelta(hours=14)).date()
