"""Who is in a group, and what lists a group narrows."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import FieldAccess, Scope
from vinculo.db.base import now
from vinculo_segments import jobs
from vinculo_segments.models import Membership, Segment


@pytest.fixture
def firms(make_client, log):
    places = {
        "Alfa": ("active", "BR"),
        "Beta": ("active", "DE"),
        "Gama": ("lost", "BR"),
        "Delta": ("potential", "PT"),
    }
    make = {
        name: make_client(name, stage=stage, country=country) for name, (stage, country) in places.items()
    }
    log(make["Alfa"], "Offer")
    log(make["Gama"], "Complaint")
    return make


def test_a_live_group_narrows_clients_and_what_they_have(admin, firms, groups):
    of = groups(admin)
    group = of.make("Brazil", "country=BR")

    assert of.found(f"segment={group}") == {"Alfa", "Gama"}
    assert of.found(f"segment[ne]={group}") == {"Beta", "Delta"}
    assert of.found(f"segment={group}&stage=active") == {"Alfa"}
    assert of.found(f"segment={group}", "interactions") == {"Offer", "Complaint"}
    assert "Alfa" in admin.get(f"/clients/export.csv?segment={group}").text
    assert "Beta" not in admin.get(f"/clients/export.csv?segment={group}").text
    page = admin.get(f"/clients?segment={group}").text
    assert "Alfa" in page
    assert "Beta" not in page
    assert "Group: Brazil" in page


def test_nested_conditions_facts_and_events_make_rules(admin, firms, groups):
    of = groups(admin)
    called = of.make("Called", "has_interaction1.subject[contains]=Off")
    busy = of.make("Busy", "interactions_contacts[gte]=1")
    mixed = of.make("Mixed", "any1.stage=potential&any1.all1.country=BR&any1.all1.stage=lost")

    assert of.found(f"segment={called}") == {"Alfa"}
    assert of.found(f"segment={busy}") == {"Alfa", "Gama"}
    assert of.found(f"segment={mixed}") == {"Gama", "Delta"}
    assert of.found(f"any1.segment={called}&any1.name=Delta") == {"Alfa", "Delta"}
    assert of.found(f"segment[in]={called},{mixed}") == {"Alfa", "Gama", "Delta"}


def test_the_silence_alarm_makes_a_group_that_narrows_lists(admin, make_client, log, groups):
    of, ago = groups(admin), lambda days: (now() - timedelta(days=days)).isoformat()
    for name, stage, days, type_ in (
        ("Quiet", "active", 61, "meeting"), ("Missed", "active", 1, "call_missed"),
        ("Lost", "lost", 900, "email"),
        ("Spoken", "potential", 29, "call_in"), ("Silent", "potential", 31, "call_in"),
    ):  # fmt: skip
        client = make_client(name, stage=stage)
        log(client, f"With {name}", happened_at=ago(days), type=type_)
        if name == "Missed":
            log(client, f"Last with {name}", happened_at=ago(70))
    silent = of.make("Silent ones", "interactions_silence_alarm=silent&none1.stage=lost")
    alarmed = of.make("Alarmed", f"segment={silent}&interactions_silent_days[gt]=40")

    assert of.found(f"segment={silent}") == {"Quiet", "Missed", "Silent"}
    assert of.found(f"segment={alarmed}") == {"Quiet", "Missed"}
    assert of.found(f"segment={silent}", "interactions") == {
        "With Quiet", "With Missed", "Last with Missed", "With Silent",
    }  # fmt: skip


def test_groups_stand_in_groups_without_circles(admin, firms, groups):
    of = groups(admin)
    brazil = of.make("Brazil", "country=BR")
    ours = of.make("Ours", f"segment={brazil}&stage=active")
    assert of.found(f"segment={ours}") == {"Alfa"}

    refusal = of.rule(brazil, f"country=BR&segment={ours}")

    assert refusal.status_code == 422
    assert refusal.json()["errors"][0]["code"] == "segment_cycle"
    assert "Brazil → Ours → Brazil" in refusal.text
    assert of.rule(brazil, f"segment={brazil}").json()["errors"][0]["code"] == "segment_cycle"


def test_a_group_without_conditions_is_refused_and_not_empty_or_everybody(admin, firms, groups):
    of = groups(admin)
    group = of.make("New")
    assert of.refused(f"segment={group}") == "segment_without_rule"
    assert admin.get(f"/clients?segment={group}").status_code == 409


def test_a_group_whose_plugin_is_off_keeps_its_rule_and_refuses(
    admin, firms, groups, switch_plugin, open_browser, make_user, switchboard
):
    of = groups(admin)
    group = of.make("Called", "has_interaction1.subject[contains]=Off&stage=active", shared=True)
    busy = of.make("Busy", "interactions_contacts[gte]=1")
    outer = of.make("Outer", f"segment={busy}")
    plan = switchboard.plan("off", "interactions")
    assert "Group: Called" in plan.views
    assert "2 private groups" not in plan.views
    assert "1 private group" in plan.views

    switch_plugin("interactions", False)
    later = groups(open_browser(make_user("admin")))

    for one in (group, busy, outer):
        assert later.refused(f"segment={one}") == "segment_waits", one
    told = open_browser(make_user("admin")).get(f"/api/v1/segments/{group}/rule").json()
    assert told["waits_for"] == [{"part": "interaction", "plugin": "Interactions", "hidden": False}]
    assert "has_interaction1.subject" in told["query"]
    card = open_browser(make_user("admin")).get(f"/segments/{group}").text
    assert "waits for the plugin Interactions" in card

    switch_plugin("interactions", True)
    assert groups(open_browser(make_user("admin"))).found(f"segment={group}") == {"Alfa"}


@pytest.mark.parametrize("way", ["live", "stored"])
def test_what_waits_for_a_plugin_is_used_by_no_door(
    admin, database, firms, groups, switch_plugin, open_browser, make_user, way
):
    group = groups(admin).make("Busy", "interactions_contacts[gte]=1", way=way, shared=True)
    jobs.refresh(admin.app.state.site, segment_id=group)
    goal = {"name": "Talks", "segment_id": group, "metric": "interactions_contacts", "target": "4",
            "base_on": "2026-01-01", "due_on": "2099-01-01"}  # fmt: skip
    assert admin.post("/api/v1/goals", json=goal).status_code == 201
    switch_plugin("interactions", False)
    later = open_browser(make_user("admin"))

    assert later.get(f"/clients?segment={group}").status_code == 409
    assert later.get(f"/api/v1/clients?segment={group}").json()["code"] == "segment_waits"
    assert later.get(f"/clients/export.csv?segment={group}").status_code == 409
    assert later.get(f"/clients?any1.segment={group}&any1.name=Alfa").status_code == 409
    told = later.get(f"/api/v1/segments/{group}/rule").json()
    assert (told["query"], told["count"]) == ("interactions_contacts%5Bgte%5D=1", None)
    assert "interactions_contacts" in told["fault"]
    assert "cannot be had" in later.get(f"/segments/{group}").text  # its goal
    assert later.get(f"/segments/{group}/rule").status_code == 200
    card = later.get(f"/clients/{firms['Alfa'].id}").text
    assert "Busy" in card
    assert "waits" in card
    jobs.refresh(later.app.state.site, segment_id=group)
    with database.read() as session:
        left = session.scalars(sa.select(Membership.left_at).where(Membership.segment_id == group)).all()
        assert left == ([None, None] if way == "stored" else [])  # all stay in it
        assert bool(session.get_one(Segment, group).fault) is (way == "stored")


def test_readers_find_out_nothing_that_they_may_not_see(
    admin, firms, groups, open_browser, make_user, make_role
):
    of = groups(admin)
    lost = of.make("Lost", "stage=lost", shared=True)
    kept = of.make("Kept", "stage=lost", shared=True, way="stored")
    private = of.make("Private", "country=BR")
    make_role("Member", {"*": Scope.OWN}, {("client", "stage"): FieldAccess.HIDDEN})
    theirs = groups(open_browser(make_user("ana")))

    assert theirs.refused(f"segment={lost}") == "segment_hidden"
    assert theirs.refused(f"segment={kept}") == "segment_hidden"
    assert theirs.refused(f"segment={private}") == "not_found"


def test_what_is_shared_is_read_by_all_and_changed_by_its_owner(
    admin, firms, groups, open_browser, make_user, make_role
):
    make_role("Member", {"*": Scope.OWN})
    shared = groups(admin).make("Shared", "country=BR", shared=True)
    ana = open_browser(make_user("ana"))

    assert ana.get(f"/segments/{shared}").status_code == 200
    assert "Shared" in ana.get("/segments").text
    assert ana.patch(f"/api/v1/segments/{shared}", json={"name": "Mine"}).status_code == 403
    assert groups(ana).rule(shared, "stage=lost").status_code == 403
    assert groups(ana).found(f"segment={shared}") == set()  # they read none of these clients
    assert ana.post(f"/segments/{shared}/rule?stage=lost").status_code == 403
    assert ana.post(f"/segments/{shared}/refresh").status_code == 403


def test_a_list_by_hand_grows_and_shrinks_from_the_list_of_clients(admin, firms, groups):
    of = groups(admin)
    fair = of.make("Fair", way="manual")
    other = of.make("Rule", "country=BR")

    assert "Fair" in admin.get("/segments/add?country=BR").text
    admin.post("/segments/add?country=BR", data={"segment": fair, "do": "add"})
    assert of.found(f"segment={fair}") == {"Alfa", "Gama"}
    admin.post(
        f"/segments/add?ids={firms['Alfa'].id},{firms['Beta'].id}", data={"segment": fair, "do": "add"}
    )
    assert of.found(f"segment={fair}") == {"Alfa", "Beta", "Gama"}
    admin.post(f"/segments/add?ids={firms['Alfa'].id}", data={"segment": fair, "do": "remove"})
    assert of.found(f"segment={fair}") == {"Beta", "Gama"}
    assert admin.post("/segments/add?country=BR", data={"segment": other, "do": "add"}).status_code == 409
    history = admin.get(f"/api/v1/memberships?segment_id={fair}").json()["items"]
    assert sorted(one["left_at"] is None for one in history) == [False, True, True]


def test_a_membership_is_checked_by_whatever_door_it_comes(admin, firms, groups):
    of = groups(admin)
    fair, rule = of.make("Fair", way="manual"), of.make("Rule", "country=BR")

    def put(**values):
        answer = admin.post("/api/v1/memberships", json={"client_id": firms["Alfa"].id, **values})
        return answer.json().get("errors", [{"code": answer.status_code}])[0]["code"]

    assert put(segment_id=fair) == 201
    assert put(segment_id=fair) == "already_member"
    assert put(segment_id=rule) == "kept_by_rule"
    assert put(segment_id=fair, left_at="2001-01-01T00:00:00Z") == "too_early"
