"""What a preview found is shown by the list that is opened next, and never once something has changed."""

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope, Source, system
from vinculo_segments import looking, queries

ADMIN = system(Source.CLI)
RULE = [
    ("stage[in]", "active,lost"),
    ("any1.country", "BR"),
    ("any1.interactions_contacts[gte]", "1"),
    ("none1.name[starts]", "z"),
]


@pytest.fixture
def firms(make_client, log):
    made = [make_client(name, stage="active", country="BR") for name in ("Alfa", "Beta", "Zeta")]
    log(make_client("Gama", stage="lost", country="DE"))
    make_client("Delta", stage="lost", country="PT")
    return made


def move_unseen(database, name, country):
    """Past Vinculo, so that no event tells of it."""
    moved = sa.text("UPDATE clients_client SET country = :country WHERE name = :name")
    with database.write() as session:
        session.execute(moved, {"country": country, "name": name})


def test_a_list_begins_with_what_the_preview_found(admin, database, firms, groups):
    of = groups(admin)
    group = of.make("Brazil", "country=BR")
    assert "3 clients" in admin.get(f"/segments/{group}/rule?country=BR").text
    move_unseen(database, "Delta", "BR")
    move_unseen(database, "Alfa", "PT")

    page = admin.get(f"/api/v1/clients?segment={group}&limit=50").json()["items"]
    whole = of.found(f"segment={group}")  # of more than a page nothing is kept

    assert [one["name"] for one in page] == ["Beta", "Zeta"]  # each is asked again
    assert whole == {"Beta", "Delta", "Zeta"}


def test_it_is_forgotten_when_anything_changes(admin, database, firms, groups):
    group = groups(admin).make("Brazil", "country=BR")

    def listed():
        page = admin.get(f"/api/v1/clients?segment={group}").json()["items"]
        return [one["name"] for one in page]

    assert "3 clients" in admin.get(f"/segments/{group}").text
    assert listed() == ["Alfa", "Beta", "Zeta"]
    admin.patch(f"/api/v1/clients/{firms[1].id}", json={"country": "PT"})
    assert listed() == ["Alfa", "Zeta"]
    assert "2 clients" in admin.get(f"/segments/{group}").text
    admin.post("/api/v1/clients", json={"name": "Aba", "country": "BR"})
    assert listed() == ["Aba", "Alfa", "Zeta"]
    admin.delete(f"/api/v1/clients/{firms[0].id}")
    assert listed() == ["Aba", "Zeta"]


def test_a_change_of_another_group_counts_at_once(admin, firms, groups):
    of = groups(admin)
    inner = of.make("Inner", "country=BR")
    outer = of.make("Outer", f"segment={inner}")
    assert "3 clients" in admin.get(f"/segments/{outer}").text

    of.rule(inner, "country=DE")

    assert "1 client<" in admin.get(f"/segments/{outer}").text
    assert of.found(f"segment={outer}") == {"Gama"}


def test_each_reader_has_their_own(admin, firms, groups, make_role, make_user, make_client, open_browser):
    group = groups(admin).make("Brazil", "country=BR", shared=True)
    assert "3 clients" in admin.get(f"/segments/{group}").text
    make_role("Member", {"*": Scope.OWN})
    ana = make_user("ana")
    make_client("Hers", country="BR", responsible_id=ana.id)

    theirs = open_browser(ana)

    assert "1 client<" in theirs.get(f"/segments/{group}").text
    assert groups(theirs).found(f"segment={group}") == {"Hers"}


def test_whatever_way_clients_are_gone_through_as_many_are_found(admin, database, firms, monkeypatch):
    registry = admin.app.state.site.registry
    with database.read() as session:
        rule = queries.read(registry, "client", RULE, ADMIN, typed=True)
        by_index = looking.find(session, rule, ADMIN)
        monkeypatch.setattr(looking, "LARGE", 1)
        monkeypatch.setattr(looking, "SAMPLED", 1)
        one_by_one = looking.find(session, rule, ADMIN)

    assert by_index.count == 3
    assert [name for _id, name in by_index.first] == ["Alfa", "Beta", "Gama"]
    assert (one_by_one.count, one_by_one.first) == (by_index.count, by_index.first)
