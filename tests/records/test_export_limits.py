"""Limits of exports: a day's rows, approval by somebody else, a number in every file that leaves."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from vinculo.accounts import roles
from vinculo.actor import Actor, ExportLimits, Rights, Scope, Source, system
from vinculo.clients.records import client
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.records import export_requests, releasing
from vinculo.records.models import Export, ExportState
from vinculo.records.releasing import QuotaError, Rules, Wanted
from vinculo.records.tabular import open_table
from vinculo.records.watermark import file_name, is_mark, mark, number_in
from vinculo.testing.factories import SYSTEM

RULES = Rules("Açaí | Ltd", ZoneInfo("America/Sao_Paulo"))
AT = dt.datetime(2026, 11, 26, 1, 30, tzinfo=dt.UTC)  # the 25th in São Paulo
MARK = "Vinculo export 000123 | Açaí / Ltd | =cmd | 2026-11-25T22:30:00-03:00"


@pytest.fixture
def limit(database, make_role):
    """Limit what members may export."""

    def limit(**limits):
        role = make_role("Member", {"*": Scope.ALL})
        with database.write() as session:
            roles.set_export_limits(session, role.id, limits, actor=SYSTEM, now=now())

    return limit


def told(database):
    with database.read() as session:
        query = sa.select(Event).where(Event.action.contains("export")).order_by(Event.id)
        return [(event.action, event.actor_id) for event in session.scalars(query)]


def test_a_mark_is_known_again_and_begins_no_formula():
    local = AT.astimezone(RULES.zone)
    made = mark(123, company=RULES.company, user="\t=cmd\n", at=local)

    assert made == MARK
    assert is_mark([made, "", " "])
    assert is_mark(["", made])
    assert not is_mark([made, "x"])
    assert not is_mark(["Vinculo export 000123"])
    name = file_name("clients", 123, login="Helena.Costa", user_id=7, at=local, suffix="csv")
    assert name == "clients-helena-costa-2026-11-25-000123.csv"
    assert file_name("clients", 9, login="Заря", user_id=7, at=local, suffix="xlsx").startswith(
        "clients-user-7-"
    )
    assert [number_in(text) for text in (made, name, "000123", "123 ", "nobody")] == [123] * 4 + [None]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_file_says_whose_it_is_and_is_read_back(
    admin, database, make_client, import_file, tmp_path, suffix
):
    for name in ("Aurora", "=Zarya"):
        make_client(name)

    answer = admin.get(f"/clients/export.{suffix}?name[contains]=r")

    disposition = answer.headers["content-disposition"]
    assert disposition.endswith(f'-000001.{suffix}"')
    path = tmp_path / f"back.{suffix}"
    path.write_bytes(answer.content)
    with open_table(path) as table:
        assert [row.values[1] for row in table] == ["=Zarya", "Aurora"]
    tally = import_file(path)
    assert (tally.unchanged, tally.rejected, tally.total, tally.created) == (2, 0, None, 0)
    if suffix == "csv":
        assert answer.text.splitlines()[-1].startswith("Vinculo export 000001 | My company | Admin | 20")
    with database.read() as session:
        event = session.scalars(sa.select(Event).where(Event.action == "exported")).one()
    assert event.changes["filter"] == [None, "name[contains]=r"]
    assert "000001" in admin.get("/settings/audit/exports?q=" + disposition.partition('"')[2]).text
    assert "Aurora" not in admin.get("/settings/audit/exports/1").text
    assert admin.get("/settings/audit/exports/99").status_code == 404


def test_what_left_counts_until_the_companys_day_is_over(session, make_user):
    ana = make_user("ana")
    actor = Actor(ana.id, "Ana", Source.PAGE, Rights({"clients.client.export": Scope.ALL},
                                                     exports=ExportLimits(rows_per_day=100)))  # fmt: skip
    wanted = Wanted(client, [], "csv", actor)

    released = releasing.release(session, wanted, 70, rules=RULES, at=AT)
    with pytest.raises(QuotaError, match="30 are left") as refused:
        releasing.release(session, wanted, 31, rules=RULES, at=AT)
    assert refused.value.retry_after == 90 * 60 + 1  # midnight in São Paulo is 3:00 in UTC
    releasing.cut_off(session, released.id, 10, actor=actor)
    assert releasing.left_today(session, actor, rules=RULES, at=AT) == 90
    assert releasing.left_today(session, actor, rules=RULES, at=AT + dt.timedelta(minutes=91)) == 100
    assert len(session.scalars(sa.select(Export)).all()) == 1


def test_two_at_once_do_not_both_take_what_is_left_for_one(database, make_user):
    ana = make_user("ana")
    actor = Actor(ana.id, "Ana", Source.API, Rights(exports=ExportLimits(rows_per_day=100)))
    outcomes, together = [], threading.Barrier(4)

    def export():
        together.wait()
        try:
            with database.write() as session:
                releasing.release(session, Wanted(client, [], "csv", actor), 60, rules=RULES, at=AT)
            outcomes.append("out")
        except QuotaError:
            outcomes.append("refused")

    threads = [threading.Thread(target=export) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["out", "refused", "refused", "refused"]


def test_a_large_export_is_approved_by_somebody_else_and_fetched_once(
    limit, member, admin, database, make_client, monkeypatch
):
    """From the refusal to the file; both ends of it on record."""
    limit(approval_above=1)
    for name in ("Aurora", "Zarya", "Borealis"):
        make_client(name)
    member.follow_redirects = admin.follow_redirects = False

    refused = member.get("/clients/export.csv?name[contains]=r&sort=-name")
    assert refused.headers["location"].startswith("/clients/export-request?name%5Bcontains%5D=r")
    page = member.get(refused.headers["location"])
    assert "These are 3 rows" in page.text
    assert "Name: contains “r”" in page.text
    assert member.post(refused.headers["location"], data={"reason": " "}).status_code == 422
    asked = member.post(refused.headers["location"], data={"reason": "<b>Letters</b>"})
    assert asked.headers["location"] == "/exports/1"
    for url in (
        "/clients/export.csv?number=1",
        "/clients/export.csv?number=1&q=x",
        "/people/export.csv?number=1",
    ):
        assert member.get(url).status_code in (404, 409, 422)
    assert member.post("/exports/1/approve").status_code == 403

    assert '<span class="count">1</span>' in admin.get("/").text
    assert "&lt;b&gt;Letters" in admin.get("/exports/1").text
    assert admin.get("/clients/export.csv?number=1").status_code == 404
    assert (
        admin.post("/exports/1/approve", data={"remark": "Once."}).headers["location"] == "/settings/exports"
    )
    assert admin.post("/exports/1/decline").status_code == 409

    make_client("Ruby")
    assert "Once." in member.get("/exports/1").text
    with monkeypatch.context() as late:
        late.setattr(releasing, "APPROVED_FOR", dt.timedelta(seconds=-1))
        assert member.get("/clients/export.csv?number=1").status_code == 409
    file = member.get("/clients/export.csv?number=1")
    lines = file.text.splitlines()
    assert [line.split(",")[1] for line in lines[1:4]] == [
        "Zarya",
        "Ruby",
        "Borealis",
    ]  # no more than approved
    assert lines[4].startswith("Vinculo export 000001 |")
    assert member.get("/clients/export.csv?number=1").status_code == 409

    ids = {name: _id(database, name) for name in ("admin", "member")}
    assert told(database) == [
        ("export asked for", ids["member"]),
        ("export approved", ids["admin"]),
        ("exported", ids["member"]),
    ]


def _id(database, login):
    with database.read() as session:
        return session.scalar(sa.text("select id from accounts_user where login = :login"), {"login": login})


def test_programs_are_told_by_codes_and_ask_the_same(limit, member, admin, make_client, database):
    limit(rows_per_day=2)
    for name in ("Aurora", "Zarya", "Borealis"):
        make_client(name)
    api = "/api/v1/clients/export"

    refused = member.get(api)
    assert (refused.status_code, refused.json()["code"]) == (429, "export_quota")
    assert int(refused.headers["retry-after"]) > 0
    assert "3 rows" in refused.json()["detail"]
    limit(approval_above=2)
    assert (member.get(api).status_code, member.get(api).json()["code"]) == (403, "export_approval")
    needless = member.post(f"{api}-requests?name=Aurora", json={"reason": "x"})
    assert (needless.status_code, needless.json()["code"]) == (409, "not_needed")
    made = member.post(f"{api}-requests", json={"reason": "Letters", "format": "xlsx"}).json()
    assert (made["number"], made["state"], made["rows"]) == (1, "waiting", 3)
    assert [one["number"] for one in admin.get("/api/v1/exports/waiting").json()["items"]] == [1]
    assert member.get("/api/v1/exports/waiting").status_code == 403

    own = admin.post("/api/v1/exports/1/decision", json={"approve": True, "remark": "ok"}).json()
    assert (own["state"], own["remark"]) == ("approved", "ok")
    assert member.get(f"{api}?number=1").content[:2] == b"PK"
    state = member.get("/api/v1/exports/1").json()
    assert (state["state"], state["delivered"], state["file_name"][-12:]) == ("sent", 3, "-000001.xlsx")
    # What was approved counts as well: nothing is left of two a day.
    assert member.get(f"{api}?name=Aurora").json()["code"] == "export_quota"
    for body in ({"reason": ""}, {"format": "pdf", "reason": "x"}, {}):
        assert member.post(f"{api}-requests", json=body).status_code == 422
    second = member.post(f"{api}-requests", json={"reason": "again"}).json()["number"]
    assert member.post(f"/api/v1/exports/{second}/withdraw").json()["state"] == "withdrawn"


def test_nobody_approves_their_own(session, make_user):
    boss = make_user("boss", role="Administrator")
    actor = Actor(
        boss.id, "Boss", Source.PAGE, Rights(exports=ExportLimits(approval_above=0)), is_administrator=True
    )
    wanted = Wanted(client, [("stage", "active")], "csv", actor)
    export = export_requests.ask(session, wanted, 1, reason="mine", rules=RULES, at=AT)

    with pytest.raises(export_requests.ForbiddenError) as refused:
        export_requests.decide(session, export.id, approve=True, remark="", actor=actor, at=AT)
    assert refused.value.code == "own_request"
    assert export_requests.waiting(session, actor) == 0
    assert export_requests.waiting(session, system(Source.CLI)) == 1
    assert export.state is ExportState.WAITING


def test_a_role_says_its_limits_and_why_they_hold_is_shown(admin, make_role, make_user, database):
    role, ana = make_role("Seller"), make_user("ana", role="Seller")
    page, fields = f"/settings/roles/{role.id}", ("export_rows_per_day", "export_approval_above")

    assert admin.post(page, data=dict(zip(fields, ("1,500", "x"), strict=True))).status_code == 422
    admin.post(page, data=dict(zip(fields, ("1,500", ""), strict=True)))

    shown = " ".join(admin.get(f"/settings/users/{ana.id}/rights").text.split())
    assert "1,500</td><td>through role Seller (1,500)" in shown
    assert "5,000</td><td>as the company&#39;s settings say" in shown
    for query in (
        "user_id=x&before=y&state=z&kind=%00",
        "q=%00",
        f"user_id={2**70}&before={2**70}",
        "q=nobody",
    ):
        assert admin.get(f"/settings/audit/exports?{query}").status_code == 200
    for path in (f"/exports/{2**70}", f"/settings/audit/exports/{2**70}", "/clients/export.csv?number=9"):
        assert admin.get(path).status_code == 404
    assert admin.get(f"/clients/export.csv?number={2**70}").status_code == 422
