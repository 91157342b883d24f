"""Deleting and undoing: all that goes comes back as it was, and what must not go stays."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from vinculo.db import links
from vinculo.db.base import Base, Record
from vinculo.db.types import BigId
from vinculo.events.models import SearchDocument, TimelineEntry, Trash
from vinculo.notes.models import Note
from vinculo.records import trash
from vinculo.records.fields import AmountField, DateField, MomentField, TextField, YesNoField
from vinculo.records.kind import RecordKind
from vinculo.records.models import MatchKey
from vinculo.testing.factories import SYSTEM, make_record

NOON = dt.datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=dt.UTC)


class Contract(Record):
    """A record of a stranger's plugin, with a value of each type."""

    __tablename__ = "strange_contract"

    title: Mapped[str] = mapped_column(sa.String(100))
    worth: Mapped[Decimal]
    day: Mapped[dt.date | None]
    signed_at: Mapped[dt.datetime | None]
    flag: Mapped[bool] = mapped_column(default=False)


class Line(Base):
    """Hangs on a contract by two foreign keys: the same row must go, and come back, once."""

    __tablename__ = "strange_line"

    contract_id: Mapped[int] = mapped_column(BigId, sa.ForeignKey("strange_contract.id", ondelete="CASCADE"))
    origin_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("strange_contract.id", ondelete="CASCADE")
    )
    payer_id: Mapped[int | None] = mapped_column(
        BigId, sa.ForeignKey("strange_contract.id", ondelete="SET NULL")
    )
    data: Mapped[dict[str, object]] = mapped_column(sa.JSON)


TABLES = [Contract.__table__, Line.__table__]
for table in reversed(TABLES):
    Base.metadata.remove(table)  # nobody else's business: no migration makes them

contract = RecordKind(
    name="contract",
    plural="contracts",
    domain="strange",
    model=Contract,
    label="Contract",
    label_plural="Contracts",
    new_label="Add contract",
    icon="box",
    title="title",
    fields=(
        TextField(name="title", label="Title", required=True),
        AmountField(name="worth", label="Worth", required=True),
        DateField(name="day", label="Day"),
        MomentField(name="signed_at", label="Signed at"),
        YesNoField(name="flag", label="Flag"),
    ),
    columns=("title",),
    sort="title",
)


@pytest.fixture
def strange(database):
    """A plugin's tables, as its own migration would have made them."""
    with database.write_engine.begin() as connection:
        for table in TABLES:
            connection.execute(sa.schema.CreateTable(table))
    links.forget(database.engine)
    with Session(database.write_engine, expire_on_commit=False) as session:
        yield session


def rows(session: Session) -> list[list[tuple[object, ...]]]:
    return [
        [tuple(row) for row in session.execute(sa.select(table).order_by(table.c.id))] for table in TABLES
    ]


def test_what_was_deleted_comes_back_value_for_value(strange):
    values = {"day": "2026-02-28", "signed_at": NOON.isoformat(), "flag": True, "external_id": "C-1"}
    made = make_record(strange, contract, title="Rent", worth="1234567.8901", **values)
    other = make_record(strange, contract, title="Other", worth="-0.01")
    strange.add_all([
        Line(contract_id=made.id, origin_id=made.id, payer_id=made.id, data={"a": [1, "ж", None]}),
        *(Line(contract_id=made.id, data={}) for _ in range(1200)),
        Line(contract_id=other.id, origin_id=None, payer_id=made.id, data={}),
    ])  # fmt: skip
    strange.commit()
    before = rows(strange)

    kept = trash.delete(strange, contract, made, actor=SYSTEM)
    strange.commit()
    assert [row.title for row in strange.scalars(sa.select(Contract))] == ["Other"]
    assert strange.scalars(sa.select(Line.payer_id)).all() == [None]

    trash.restore(strange, contract, trash.get(strange, kept.id), actor=SYSTEM)
    strange.commit()
    assert rows(strange) == before
    assert strange.scalar(sa.select(sa.func.count()).select_from(Trash)) == 0


def test_a_client_goes_with_all_that_is_its_own_and_comes_back(admin, database):
    client = admin.post("/api/v1/clients", json={
        "name": "Luz", "stage": "active", "contact_points": [{"type": "email", "value": "a@luz.example"}],
    }).json()  # fmt: skip
    firm = admin.post("/api/v1/counterparties", json={
        "legal_name": "Luz Ltda",
        "links": [{"client_id": client["id"], "valid_from": "2026-01-01"}],
    }).json()  # fmt: skip
    person = admin.post("/api/v1/people", json={
        "name": "Ana", "roles": [{"client_id": client["id"], "role_id": 1, "title": "Boss"}],
    }).json()  # fmt: skip
    urls = [
        f"/api/v1/{kind}/{record['id']}"
        for kind, record in (("clients", client), ("counterparties", firm), ("people", person))
    ]
    before = [admin.get(url).json() for url in urls]

    restore = admin.delete(urls[0]).json()["restore"]
    assert admin.get(urls[1]).json()["links"] == []
    assert admin.get(urls[2]).json()["roles"] == []

    assert admin.post(restore).status_code == 204
    assert [admin.get(url).json() for url in urls] == before
    assert admin.patch(urls[0], json={"stage": "lost"}).status_code == 200


def test_a_place_that_was_taken_meanwhile_cannot_be_restored_into(admin):
    def make():
        return admin.post("/api/v1/clients", json={"name": "Luz", "stage": "active", "external_id": "A"})

    restore = admin.delete(make().headers["location"]).json()["restore"]
    second = make()

    refused = admin.post(restore)
    assert (refused.status_code, refused.json()["code"]) == (409, "cannot_restore")
    admin.delete(second.headers["location"])
    assert admin.post(restore).status_code == 204


def test_a_role_in_use_stays_and_is_named(admin, member):
    roles = admin.get("/api/v1/roles").json()["items"]
    assert {"Decision-maker", "User", "Payer"} <= {role["name"] for role in roles}
    advisor = admin.post("/api/v1/roles", json={"name": "Advisor"}).json()["id"]
    client = admin.post("/api/v1/clients", json={"name": "Luz", "stage": "active"}).json()["id"]
    ana = {"name": "Ana", "roles": [{"client_id": client, "role_id": advisor}]}
    person = admin.post("/api/v1/people", json=ana).json()["id"]
    url = f"/api/v1/roles/{advisor}"

    assert member.delete(url).status_code == 403
    assert admin.post("/api/v1/roles", json={"name": "  ADVISOR "}).status_code == 409
    refused = admin.delete(url)
    assert (refused.status_code, refused.json()["code"]) == (409, "linked")
    assert "Advisor" in refused.json()["detail"]
    page = admin.post(f"/roles/{advisor}/delete")
    assert page.status_code == 409
    assert "Advisor" in page.text

    assert admin.patch(url, json={"name": "Adviser"}).json()["name"] == "Adviser"
    admin.delete(f"/api/v1/people/{person}")
    assert admin.delete(url).status_code == 200


def test_what_goes_along_is_found_no_more_and_comes_back_with_it(admin, database):
    """No key leads from what the search knows of a note to the person that the note is about."""
    ana = admin.post("/api/v1/people", json={"name": "Ana"}).json()["id"]
    told = admin.post("/api/v1/notes", json={"text": "zebra crossing", "person_id": ana}).json()["id"]
    admin.post(
        "/api/v1/files/upload", data={"person_id": str(ana)}, files=[("file", ("zebra.txt", b"stripes"))]
    )
    notes_of_it = {"about_kind": "note", "about_id": told}  # by name: a note on a note
    with database.write() as session:
        session.add(Note(title="zebra too", text="zebra too", **notes_of_it))
    before = derived(database)

    def found():
        groups = admin.get("/api/v1/search", params={"q": "zebra"}).json()["groups"]
        return sorted(hit["title"] for one in groups for hit in one["items"])

    assert found() == ["zebra crossing", "zebra.txt"]
    restore = admin.delete(f"/api/v1/people/{ana}").json()["restore"]
    assert found() == []
    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Note)) == 0
    assert derived(database) == {}

    assert admin.post(restore).status_code == 204
    assert found() == ["zebra crossing", "zebra.txt"]
    assert derived(database) == before
    assert admin.get(f"/api/v1/notes/{told}").json()["text"] == "zebra crossing"


def derived(database):
    """What the kernel shows of records, by their kinds."""
    found = Counter()
    with database.read() as session:
        for model in (SearchDocument, MatchKey, TimelineEntry):
            found.update((model.__tablename__, kind) for kind in session.scalars(sa.select(model.kind)))
    return found
