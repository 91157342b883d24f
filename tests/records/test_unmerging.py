"""A merge that is taken back leaves everything as it was, and overwrites nothing that was done since."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from vinculo.clients.records import client as client_kind
from vinculo.db.base import Base, now
from vinculo.errors import ConflictError, NotFoundError
from vinculo.files.models import StoredFile
from vinculo.notes.models import Note
from vinculo.people.records import person as person_kind
from vinculo.records import merging, service, tidying, trash, unmerging
from vinculo.records.images import STAMPS
from vinculo.records.models import MergeUndo
from vinculo.records.reading import RowValues, Values
from vinculo.testing.factories import SYSTEM

UNHASHED = {"events_event", "events_head", "records_merge_undo"}
MAIL = {"type": "email", "value": "luz@example.com"}


def content(session):
    """A hash of every row of every table but the log, without the stamps, which only go forward."""
    found = hashlib.sha256()
    for table in Base.metadata.sorted_tables:
        if table.name not in UNHASHED and not table.name.startswith("accounts_"):
            passing = STAMPS | ({"id"} if table.name == "records_match_key" else set())  # written anew
            columns = [column for column in table.c if column.name not in passing]
            rows = sorted(map(repr, session.execute(sa.select(*columns))))
            found.update(f"{table.name}{rows}".encode())
    return found.hexdigest()


def hashed(database):
    with database.read() as session:
        return content(session)


def merge(database, survivor, *others, fields=None):
    ids = [one.id for one in others]
    with database.write() as session:
        return merging.merge(session, client_kind, survivor.id, ids, actor=SYSTEM, fields=fields).undo_id


def undo(database, number, overwrite=()):
    with database.write() as session:
        merged = session.get(MergeUndo, number)
        return unmerging.undo(session, client_kind, merged, actor=SYSTEM, overwrite=overwrite)


def change(database, kind, record_id, **values):
    with database.write() as session:
        record = service.get(session, kind, record_id, actor=SYSTEM, lock=True)
        service.update(session, kind, record, Values(fields=values), actor=SYSTEM)


@pytest.fixture
def twins(make_client, make_person, make_counterparty, make_user):
    """Two clients that are one, with rows of all sorts, some of them the same in both."""
    ana, bea = make_user("ana"), make_user("bea")
    one = make_client("Luz", external_id="ERP-1", responsible_id=ana.id, contact_points=[MAIL])
    more = [{**MAIL, "purpose": "work"}, {"type": "phone", "value": "+551132654321"}]
    two = make_client(
        "Padaria Luz", external_id="ERP-2", responsible_id=bea.id, contact_points=more, note="x"
    )
    make_person("Ana Souza", client_id=two.id)
    make_counterparty("Luz Comercio", links=[{"client_id": two.id}])
    return one, two


def test_all_is_as_before(database, admin, twins, make_client):
    one, two = twins
    earlier = make_client("Padoca")
    merge(database, two, earlier)
    before = hashed(database)
    number = merge(
        database, one, two, fields=dict.fromkeys(["name", "external_id", "responsible_id"], two.id)
    )
    assert hashed(database) != before

    done = undo(database, number)
    assert (done.clashes, done.lost) == ([], {})
    assert hashed(database) == before
    with database.read() as session:
        assert merging.survivor_of(session, "client", earlier.id) == two.id
    assert admin.get("/search", params={"q": "ERP-2"}).text.count(f"/clients/{two.id}") == 1
    assert "Merge taken back" in admin.get(f"/clients/{two.id}/history").text
    with pytest.raises(NotFoundError):
        undo(database, number)


def test_what_was_changed_since_stays_unless_it_is_chosen(database, twins):
    one, two = twins
    number = merge(database, one, two, fields={"name": two.id, "note": two.id})
    change(database, client_kind, one.id, note="new", industry="Food")

    with database.read() as session:
        (clash,) = unmerging.plan(session, session.get(MergeUndo, number)).clashes
    assert (clash.column, clash.before, clash.merged, clash.present) == ("note", "", "x", "new")
    undo(database, number)
    with database.read() as session:
        kept = service.get(session, client_kind, one.id, actor=SYSTEM)
        assert (kept.name, kept.note, kept.industry) == ("Luz", "new", "Food")

    number = merge(database, one, two, fields={"note": two.id})
    change(database, client_kind, one.id, note="newer")
    undo(database, number, overwrite=[clash.key])
    with database.read() as session:
        assert service.get(session, client_kind, one.id, actor=SYSTEM).note == "new"


def test_what_cannot_be_is_refused_and_changes_nothing(database, twins, make_client):
    one, two = twins
    third = make_client("C")
    number = merge(database, one, two)
    later = merge(database, third, one)
    with pytest.raises(ConflictError) as refused:
        undo(database, number)
    assert refused.value.code == "merged_again"
    undo(database, later)

    make_client("Thief", external_id="ERP-2")
    before = hashed(database)
    with pytest.raises(ConflictError) as refused:
        undo(database, number)
    assert refused.value.code == "cannot_restore"
    assert hashed(database) == before
    with database.write() as session:
        record = service.get(session, client_kind, one.id, actor=SYSTEM, lock=True)
        trash.delete(session, client_kind, record, actor=SYSTEM)
    with pytest.raises(ConflictError) as refused:
        undo(database, number)
    assert refused.value.code == "survivor_gone"


FIELDS = ["name", "note", "industry"]
EDITS = st.lists(
    st.tuples(st.sampled_from([*FIELDS, "person", "person moves", "person goes"]), st.sampled_from("ab")),
    max_size=5,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS, taken=st.sets(st.sampled_from(FIELDS)))
@example(edits=[], taken={"name", "note"})
def test_edits_since_are_kept_and_the_rest_is_as_before(database, make_client, make_person, edits, taken):
    one = make_client("Luz", industry="a", contact_points=[MAIL])
    third = make_client("Third")
    two = make_client("Padaria", note="b", contact_points=[MAIL, {**MAIL, "value": "b@example.com"}])
    ana = make_person("Ana", client_id=two.id)
    was = hashed(database)
    number = merge(database, one, two, fields=dict.fromkeys(taken, two.id))
    merged = values_of(database, one)
    for what, value in edits:
        if "person" in what:
            change_person(database, ana.id, third.id, what, value)
        else:
            change(database, client_kind, one.id, **{what: value})
    edited = values_of(database, one)
    done = undo(database, number)
    clashes, lost = done.clashes, done.lost

    if not edits:
        assert (hashed(database), clashes, lost) == (was, [], {})
    after, told = values_of(database, one), {clash.column for clash in clashes}
    for name, before in {"name": "Luz", "note": "", "industry": "a"}.items():
        touched = edited[name] != merged[name]
        assert after[name] == (before if name in taken and not touched else edited[name])
        assert (name in told) == (name in taken and touched and edited[name] != before)
    with database.read() as session:
        back = service.get(session, client_kind, two.id, actor=SYSTEM)
        assert (back.name, back.note, len(back.contact_points)) == ("Padaria", "b", 2)
        if lost:
            assert lost["people_role"] == 1
            return
        (role,) = service.get(session, person_kind, ana.id, actor=SYSTEM).roles
        moved = ("person moves", "a") in edits
        assert role.client_id == (third.id if moved else two.id)
        assert ("client_id" in told) == moved


def values_of(database, record):
    with database.read() as session:
        found = service.get(session, client_kind, record.id, actor=SYSTEM)
        return {name: getattr(found, name) for name in FIELDS}


def change_person(database, person_id, client_id, what, value):
    """A note, or another client, or no such person any more; one that is gone stays gone."""
    with database.write() as session:
        try:
            person = service.get(session, person_kind, person_id, actor=SYSTEM, lock=True)
        except NotFoundError:
            return
        if what == "person goes":
            trash.delete(session, person_kind, person, actor=SYSTEM)
            return
        values = Values(fields={"note": value})
        if what == "person moves" and value == "a":
            (role,) = person.roles
            values.collections = {"roles": [RowValues({"client_id": client_id}, role.id)]}
        service.update(session, person_kind, person, values, actor=SYSTEM)


@pytest.mark.databases("sqlite")
def test_by_page_and_by_api(database, admin, member, twins):
    one, two = twins
    url = f"/api/v1/clients/{one.id}/merge"
    number = admin.post(url, json={"ids": [two.id], "fields": {"note": two.id}}).json()["undo"]
    assert 'href="/merges"' in admin.get("/clients").text
    assert "Padaria Luz" in admin.get("/merges").text
    (told,) = admin.get("/api/v1/merges").json()["items"]
    assert (told["id"], told["survivor"], told["others"]) == (number, one.id, [two.id])

    change(database, client_kind, one.id, note="new")
    refused = admin.post(f"/api/v1/merges/{number}/undo", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "changed_since")
    told = admin.post(f"/api/v1/merges/{number}/undo", json={"dry_run": True}).json()
    assert told["conflicts"] == [f"clients_client:{one.id}:note"]
    page = admin.get(f"/merges/{number}").text
    assert "Client: Note" in page
    assert "new" in page
    assert admin.post(f"/api/v1/merges/{number}/undo", json={"keep": True}).is_success
    assert admin.get(f"/api/v1/clients/{two.id}").json()["name"] == "Padaria Luz"
    assert admin.get(f"/merges/{number}").status_code == 404


@pytest.mark.databases("sqlite")
def test_after_its_time_a_merge_is_for_good(database, twins, settings):
    number = merge(database, *twins)
    with database.write() as session:
        session.get(MergeUndo, number).at = now() - tidying.MERGES_KEPT
    tidying.tidy(SimpleNamespace(database=database, settings=settings))
    with database.read() as session:
        assert session.get(MergeUndo, number) is None


def test_what_names_a_record_by_its_kind_and_id_follows_and_comes_back(database, make_client):
    """Notes and files of kinds to which no foreign key can lead."""
    keep, gone = make_client("Aurora"), make_client("Aurora Ltda")
    with database.write() as session:
        for kind in ("client", "deal"):
            about = {"about_kind": kind, "about_id": gone.id}
            session.add(Note(title="n", text="n", **about))
            session.add(
                StoredFile(name="a.txt", size=1, media_type="text/plain", digest="d", path="p", **about)
            )
    before = hashed(database)
    number = merge(database, keep, gone)
    with database.read() as session:
        for model in (Note, StoredFile):
            told = dict(session.execute(sa.select(model.about_kind, model.about_id)).all())
            assert told == {"client": keep.id, "deal": gone.id}
    undo(database, number)
    assert hashed(database) == before
