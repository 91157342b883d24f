"""Groups that are kept: refreshed with the rights of their owner, with a history of who joined and left."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope
from vinculo.db.base import now
from vinculo.jobs.book import State
from vinculo_segments import jobs, service
from vinculo_segments.models import Membership, Refresh, Segment


@pytest.fixture
def site(admin):
    return admin.app.state.site


@pytest.fixture
def kept(admin, make_client, groups):
    make_client("Alfa", stage="active")
    make_client("Beta", stage="lost")
    return groups(admin).make("Active", "stage=active", way="stored")


def spells(database, group):
    query = sa.select(Membership).where(Membership.segment_id == group).order_by(Membership.id)
    with database.read() as session:
        return [(one.client_id, one.joined_by_id, one.left_by_id, one.left_at is None)
                for one in session.scalars(query)]  # fmt: skip


def test_who_is_in_it_follows_edits_when_it_is_refreshed(admin, site, database, kept, groups):
    of = groups(admin)
    assert of.found(f"segment={kept}") == set()
    jobs.refresh(site, segment_id=kept)
    assert of.found(f"segment={kept}") == {"Alfa"}
    ids = {one["name"]: one["id"] for one in admin.get("/api/v1/clients").json()["items"]}
    admin.patch(f"/api/v1/clients/{ids['Alfa']}", json={"stage": "lost"})
    admin.patch(f"/api/v1/clients/{ids['Beta']}", json={"stage": "active"})
    assert of.found(f"segment={kept}") == {"Alfa"}  # as it was refreshed

    jobs.refresh(site, segment_id=kept)
    jobs.refresh(site, segment_id=kept)  # again, as after a crash: nobody joins twice

    assert of.found(f"segment={kept}") == {"Beta"}
    assert spells(database, kept) == [(ids["Alfa"], 1, 2, False), (ids["Beta"], 2, None, True)]
    with database.read() as session:
        done = session.scalars(sa.select(Refresh).order_by(Refresh.id))
        assert [(one.joined, one.left) for one in done] == [(1, 0), (1, 1), (0, 0)]
    assert "1 joined, 1 left, by the clock" in admin.get(f"/segments/{kept}").text


def test_it_is_refreshed_with_the_rights_of_its_owner(
    site, database, kept, make_user, make_role, make_client, admin, groups
):
    make_role("Member", {"*": Scope.OWN})
    ana = make_user("ana")
    make_client("Hers", stage="active", responsible_id=ana.id)
    admin.patch(f"/api/v1/segments/{kept}", json={"owner_id": ana.id})

    jobs.refresh(site, segment_id=kept)

    assert groups(admin).found(f"segment={kept}") == {"Hers"}


def test_when_the_owner_has_left_all_stay_and_the_group_says_so(
    admin, site, database, kept, make_user, groups
):
    jobs.refresh(site, segment_id=kept)
    ana = make_user("ana")
    admin.patch(f"/api/v1/segments/{kept}", json={"owner_id": ana.id})
    with database.write() as session:
        session.execute(
            sa.text("UPDATE accounts_user SET active = :no WHERE id = :id"), {"no": False, "id": ana.id}
        )

    jobs.refresh(site, segment_id=kept)

    assert groups(admin).found(f"segment={kept}") == {"Alfa"}
    with database.read() as session:
        assert "disabled" in session.get_one(Segment, kept).fault
    assert "Not refreshed" in admin.get(f"/segments/{kept}").text


def test_the_clock_refreshes_what_is_due(database, kept):
    with database.write() as session:
        assert service.due(session, now()) == [kept]
        session.execute(sa.update(Segment).values(refreshed_at=now()))
        assert service.due(session, now()) == []
        assert service.due(session, now() + timedelta(days=1, minutes=1)) == [kept]


def test_each_due_group_gets_a_job(site, database, kept):
    jobs.refresh_due(site)
    jobs_, _more = site.jobs.page([State.WAITING])
    assert [(job.name, job.payload) for job in jobs_ if job.name == jobs.REFRESH] == [
        (jobs.REFRESH, {"segment_id": kept})
    ]
