"""Lists: every filter on every type of field, every order, and pages that lose and repeat nothing."""
# ruff: noqa: RUF001 -- names in two alphabets

from __future__ import annotations

import base64
import datetime as dt
import enum
import json
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Mapped, mapped_column

from vinculo.actor import Source, system
from vinculo.db.base import Base, Record
from vinculo.db.types import BigId, Key
from vinculo.errors import InvalidError, MalformedError, VinculoError
from vinculo.records import query
from vinculo.records.fields import (
    AmountField,
    ChoiceField,
    DateField,
    IntegerField,
    LinkField,
    MomentField,
    TextField,
    YesNoField,
)
from vinculo.records.kind import RecordKind
from vinculo.records.text import sort_key

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
SYSTEM = system(Source.CLI)


class Colour(enum.StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(Record):
    """One column of each type that a field can have."""

    __tablename__ = "queries_thing"

    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(Key)
    code: Mapped[str] = mapped_column(sa.String(50), default="")
    size: Mapped[int | None]
    price: Mapped[Decimal | None]
    day: Mapped[dt.date | None]
    at: Mapped[dt.datetime | None]
    flag: Mapped[bool] = mapped_column(default=False)
    colour: Mapped[Colour | None]
    owner_id: Mapped[int | None] = mapped_column(BigId)


Base.metadata.remove(Thing.__table__)  # nobody else's business: no migration makes it

thing = RecordKind(
    name="thing",
    plural="things",
    domain="queries",
    model=Thing,
    label="Thing",
    label_plural="Things",
    new_label="Add thing",
    icon="box",
    title="name",
    fields=(
        TextField(name="name", label="Name", key="name_key"),
        TextField(name="code", label="Code"),
        IntegerField(name="size", label="Size"),
        AmountField(name="price", label="Price"),
        DateField(name="day", label="Day"),
        MomentField(name="at", label="At"),
        YesNoField(name="flag", label="Flag"),
        ChoiceField(name="colour", label="Colour", enum=Colour, labels={"red": "Red", "blue": "Blue"}),
        LinkField(name="owner_id", label="Owner", kind="user"),
    ),
    columns=("name",),
    sort="name",
)


def row(number: int, **values: Any) -> dict[str, Any]:
    name = values.pop("name", f"Thing {number}")
    base = {"code": "", "size": None, "price": None, "day": None, "at": None, "flag": False}
    when = NOON + dt.timedelta(seconds=number)
    return {
        "name": name, "name_key": sort_key(name), "colour": None, "owner_id": None, "version": 1,
        "created_at": when, "changed_at": when, "external_id": None, **base, **values,
    }  # fmt: skip


@pytest.fixture
def put(session):
    """Replace all things by these; gives their ids."""
    Thing.__table__.create(session.connection())

    def put(*rows: dict[str, Any]) -> list[int]:
        session.execute(sa.delete(Thing))
        return list(
            session.scalars(sa.insert(Thing).returning(Thing.id, sort_by_parameter_order=True), list(rows))
        )

    return put


@pytest.fixture
def ids(session):
    """The ids of the things that a list with these parameters shows, in its order."""

    def ids(*, typed=True, **parameters: str) -> list[int]:
        asked = query.parse(thing, [*parameters.items(), ("limit", "500")], typed=typed)
        return [found[0] for found in query.page(session, thing, asked, [Thing.id], actor=SYSTEM).rows]

    return ids


ROWS = [
    row(0, name="Ação", code="a_1", size=-5, price=Decimal("0.1"), day=dt.date(2026, 1, 31), at=NOON),
    row(1, name="acao", code="A%1", size=0, price=Decimal("0.1001"), colour=Colour.RED, owner_id=7),
    row(2, name="ЁЛКА", size=5, price=Decimal(-900_000_000_000_000), day=dt.date(2026, 2, 1), flag=True),
    row(3, name="ёж", code="a\\1", at=NOON + dt.timedelta(microseconds=1), colour=Colour.BLUE),
    row(4, name="100% *", external_id="X-1", price=Decimal(900_000_000_000_000), owner_id=2**62),
    row(5, name="1000", at=dt.datetime(2026, 3, 2, 23, 59, 59, 999_999, tzinfo=dt.UTC)),
]
FILTERS = [  # parameter, value, the rows that fit
    ("name", "Ação", {0}), ("name[ne]", "Ação", {1, 2, 3, 4, 5}), ("name[in]", "Ação,acao", {0, 1}),
    ("name[contains]", "CAO", {0, 1}), ("name[contains]", "ж", {3}), ("name[contains]", "0%", {4}),
    ("name[starts]", "е", {2, 3}), ("name[starts]", "100", {4, 5}), ("name[empty]", "true", set()),
    ("code", "a_1", {0}), ("code[contains]", "_", {0}), ("code[contains]", "%", {1}),
    ("code[contains]", "\\", {3}),
    ("code[starts]", "A", {0, 1, 3}), ("code[empty]", "true", {2, 4, 5}), ("code[empty]", "false", {0, 1, 3}),
    ("code[ne]", "a_1", {1, 2, 3, 4, 5}),
    ("size", "0", {1}), ("size[lt]", "0", {0}), ("size[lte]", "0", {0, 1}), ("size[gt]", "0", {2}),
    ("size[gte]", "0", {1, 2}), ("size[ne]", "0", {0, 2, 3, 4, 5}), ("size[in]", "0,5", {1, 2}),
    ("size[empty]", "true", {3, 4, 5}), ("size[empty]", "no", {0, 1, 2}),
    ("price", "0.1", {0}), ("price[gt]", "0.1", {1, 4}), ("price[lt]", "0.1001", {0, 2}),
    ("price[in]", "0.1000,0.1001", {0, 1}), ("price[empty]", "1", {3, 5}),
    ("day", "2026-02-01", {2}), ("day[lt]", "2026-02-01", {0}), ("day[gte]", "2026-01-31", {0, 2}),
    ("day[ne]", "2026-02-01", {0, 1, 3, 4, 5}), ("day[empty]", "true", {1, 3, 4, 5}),
    ("at", "2026-03-02T12:00:00Z", {0}), ("at[gt]", "2026-03-02T09:00:00-03:00", {3, 5}),
    ("at[lte]", "2026-03-02", {0, 3, 5}), ("at[gte]", "2026-03-02", {0, 3, 5}),
    ("at[gt]", "2026-03-02", set()), ("at[lt]", "2026-03-02", set()), ("at[empty]", "true", {1, 2, 4}),
    ("flag", "true", {2}), ("flag", "no", {0, 1, 3, 4, 5}),
    ("colour", "red", {1}), ("colour[ne]", "red", {0, 2, 3, 4, 5}), ("colour[in]", "red,blue", {1, 3}),
    ("colour[empty]", "false", {1, 3}),
    ("owner_id", "7", {1}), ("owner_id[in]", f"7,{2**62}", {1, 4}), ("owner_id[empty]", "true", {0, 2, 3, 5}),
    ("external_id", "X-1", {4}), ("external_id[empty]", "true", {0, 1, 2, 3, 5}),
    ("external_id[starts]", "x", {4}), ("created_at[gt]", "2026-03-02T12:00:03Z", {4, 5}),
    ("created_at[in]", "2026-03-02T12:00:03Z,2026-03-02T12:00:04Z", {3, 4}),
]  # fmt: skip


def test_every_operator_on_every_type_of_field(put, ids):
    made = put(*ROWS)

    for name, value, fitting in FILTERS:
        assert set(ids(**{name: value})) == {made[index] for index in fitting}, (name, value)
    covered = {
        (name.partition("[")[0], name.partition("[")[2].strip("]") or "eq") for name, _v, _f in FILTERS
    }
    missing = {(f.name, o) for f in query.all_fields(thing) for o in f.operators} - covered
    usual = {"eq", "ne", "in", "lt", "lte", "gte", "gt", "starts", "empty", "contains"}
    assert {operator for _name, operator in missing} <= usual
    assert {type(thing.field(n)) for n, _o in covered if n not in ("external_id", "created_at")} == {
        type(f) for f in thing.fields
    }  # fmt: skip


def test_conditions_join_and_repeated_ones_offer_a_choice(put, ids, session):
    made = put(*ROWS)

    assert ids(**{"size[gte]": "-5", "size[lt]": "5", "colour": "red"}) == [made[1]]
    asked = query.parse(thing, [("colour", "red"), ("colour", "blue")], typed=True)
    found = [found[0] for found in query.page(session, thing, asked, [Thing.id], actor=SYSTEM).rows]
    assert set(found) == {made[1], made[3]}


GROUPS = [
    ({"any1.size": "0", "any1.day[lt]": "2026-02-01"}, {0, 1}),
    ({"any1.size": "0", "any2.day[lt]": "2026-02-01"}, set()),
    (
        {"any1.size[lt]": "0", "any1.all1.colour": "red", "any1.all1.size": "0", "any1.all2.flag": "true"},
        {0, 1, 2},
    ),
    ({"none1.size": "0", "none1.flag": "true"}, {0, 3, 4, 5}),  # what has no size is not of size 0
    ({"none.any.size[gte]": "0", "none.any.colour": "blue", "name[starts]": "1"}, {4, 5}),
    ({"any1.none1.size[empty]": "true", "any1.owner_id[in]": f"8,{2**62}", "sort": "-name"}, {0, 1, 2, 4}),
    ({"any1.name[contains]": "cao", "any1.all1.size[gte]": "0", "any1.all1.size[lte]": "5"}, {0, 1, 2}),
]


def test_groups_of_conditions_stand_within_each_other(put, ids):
    made = put(*ROWS)
    for parameters, fitting in GROUPS:
        assert set(ids(**parameters)) == {made[index] for index in fitting}, parameters


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"some1.name": "x"}, "unknown_parameter"),
        ({"any1.size": "many"}, "invalid"),
        ({"any1.all1.any1.all1.any1.name": "x"}, "too_deep"),
        ({f"any{n}.name": "x" for n in range(101)}, "too_many"),
        ({"nme": "x"}, "unknown_parameter"),
        ({"version": "1"}, "unknown_parameter"),
        ({"name]": "x"}, "unknown_parameter"),
        ({"name[like]": "x"}, "unknown_operator"),
        ({"name[gt]": "x"}, "unknown_operator"),
        ({"flag[ne]": "true"}, "unknown_operator"),
        ({"sort": "nme"}, "unknown_parameter"),
        ({"sort": "--name"}, "unknown_parameter"),
        ({"sort": "name_key"}, "unknown_parameter"),
        ({"size": "many"}, "invalid"),
        ({"size": "1e3"}, "invalid"),
        ({"size[in]": "1,x"}, "invalid"),
        ({"size": ""}, "invalid"),
        ({"size": str(2**31)}, "invalid"),
        ({"price": "NaN"}, "invalid"),
        ({"price": "0.00001"}, "invalid"),
        ({"day": "31/01/2026"}, "invalid"),
        ({"at": "yesterday"}, "invalid"),
        ({"at[lt]": "2026-13-01"}, "invalid"),
        ({"flag": "perhaps"}, "invalid"),
        ({"colour": "green"}, "invalid"),
        ({"owner_id": "ana"}, "invalid"),
        ({"name": "a\0"}, "invalid"),
        ({"name[contains]": "a\0"}, "invalid"),
        ({"limit": "0"}, "invalid"),
        ({"limit": "501"}, "invalid"),
        ({"limit": "-1"}, "invalid"),
        ({"limit": "٣"}, "invalid"),
        ({"fields": "name,nme"}, "invalid"),
    ],
)
def test_parameters_that_mean_nothing_are_refused(parameters, code):
    with pytest.raises(VinculoError) as refusal:
        query.parse(thing, parameters.items(), typed=True)

    assert refusal.value.code == code
    assert isinstance(refusal.value, InvalidError if code == "invalid" else MalformedError)


SORTS = [sign + f.name for f in query.all_fields(thing) for sign in ("", "-")] + ["id", "-id"]
ORDERABLE = {
    "name": st.sampled_from(["b", "B", "á", "", "ж", "\U0001f600"]),
    "code": st.sampled_from(["", "x", "X"]),
    "size": st.sampled_from([None, -1, 0, 1]),
    "price": st.sampled_from([None, Decimal("0.1"), Decimal("-0.1"), Decimal("899999999999999.9999")]),
    "day": st.sampled_from([None, dt.date(1, 1, 1), dt.date(2026, 1, 1)]),
    "at": st.sampled_from([None, NOON, NOON + dt.timedelta(microseconds=1)]),
    "flag": st.booleans(),
    "colour": st.sampled_from([None, *Colour]),
    "owner_id": st.sampled_from([None, 1, 2**62]),
    "created_at": st.sampled_from([NOON, NOON + dt.timedelta(days=1)]),
}
THINGS = st.lists(st.fixed_dictionaries(ORDERABLE), min_size=1, max_size=9)
FEW = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def walk(session, sort: str, limit: int, *, start: str = "", direction="next_cursor", between=lambda: None):
    """The ids of each page in turn, and the last page's cursor back."""
    cursor, pages = start, []
    while True:
        asked = query.parse(thing, {"sort": sort, "limit": str(limit), "cursor": cursor}.items(), typed=True)
        page = query.page(session, thing, asked, [Thing.id], actor=SYSTEM)
        pages.append([found[0] for found in page.rows])
        back, cursor = page.previous_cursor, getattr(page, direction)
        if not cursor:
            return pages, back
        between()


@FEW
@given(rows=THINGS, limit=st.integers(1, 4))
def test_pages_show_each_row_once_in_every_order_there_and_back(session, put, rows, limit):
    made = put(*(row(n, **values) for n, values in enumerate(rows)))

    for sort in SORTS:
        forth, back = walk(session, sort, limit)
        whole = [found for page in forth for found in page]
        assert sorted(whole) == sorted(made), sort
        assert all(len(page) == limit for page in forth[:-1])
        assert whole == walk(session, sort, 500)[0][0], sort  # the order does not hang on the pages
        if back:
            returned, _none = walk(session, sort, limit, start=back, direction="previous_cursor")
            assert [found for page in reversed(returned) for found in page] == whole[: -len(forth[-1])], sort


def test_an_order_is_that_of_the_values_with_nothing_last(put, ids):
    made = put(*ROWS)

    assert ids(sort="size") == [made[n] for n in (0, 1, 2, 3, 4, 5)]
    assert ids(sort="-size") == [made[n] for n in (2, 1, 0, 5, 4, 3)]
    assert ids(sort="price")[:4] == [made[n] for n in (2, 0, 1, 4)]
    assert ids(sort="name") == [made[n] for n in (4, 5, 0, 1, 3, 2)]  # case, accents and “ё” do not count
    assert ids(sort="-at")[:3] == [made[n] for n in (5, 3, 0)]


@FEW
@given(rows=THINGS, sort=st.sampled_from(SORTS))
def test_rows_added_meanwhile_hide_and_repeat_none(session, put, rows, sort):
    made = put(*(row(n, **values) for n, values in enumerate(rows)))
    added = []

    def somebody_adds_a_row():
        fresh = [row(len(added) + 50, name=name, size=size) for name, size in (("", None), ("я", 9))]
        added.extend(session.scalars(sa.insert(Thing).returning(Thing.id), fresh))
        if len(added) > 40:
            pytest.fail("it never ends")

    pages, _back = walk(session, sort, 3, between=somebody_adds_a_row)
    seen = [found for page in pages for found in page]

    assert len(seen) == len(set(seen))
    assert set(made) <= set(seen)


def forged(*values: Any, sort: str, direction: str = "a") -> str:
    raw = json.dumps([sort, direction, values]).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


FORGERIES = [
    ("name", "x"),
    ("name", "ж"),
    ("name", "e30"),
    ("name", forged("a", 1, sort="-name")),
    ("name", forged("a", 1, sort="name", direction="c")),
    ("name", forged("a", sort="name")),
    ("name", forged("a\0", 1, sort="name")),
    ("name", forged(5, 1, sort="name")),
    ("name", forged("a", 2**70, sort="name")),
    ("name", forged("a", "1", sort="name")),
    ("price", forged("NaN", 1, sort="price")),
    ("price", forged("Infinity", 1, sort="price")),
    ("price", forged("1e40", 1, sort="price")),
    ("price", forged("0.00001", 1, sort="price")),
    ("price", forged([1], 1, sort="price")),
    ("day", forged("soon", 1, sort="day")),
    ("day", forged(5, 1, sort="day")),
    ("at", forged("0001-01-01T00:00:00+10:00", 1, sort="at")),
    ("colour", forged("green", 1, sort="colour")),
    ("colour", forged({}, 1, sort="colour")),
    ("size", forged(1.5, 1, sort="size")),
    ("flag", forged("maybe", 1, sort="flag")),
]


def test_a_cursor_that_nobody_was_given_is_refused(session, put):
    put(*ROWS)
    for sort, cursor in FORGERIES:
        asked = query.parse(thing, [("sort", sort), ("cursor", cursor)], typed=True)

        with pytest.raises(MalformedError) as refusal:
            query.page(session, thing, asked, [Thing.id], actor=SYSTEM)
        assert refusal.value.code == "bad_cursor", (sort, cursor)


def test_the_api_pages_there_and_back(admin, make_client):
    for number in range(7):
        make_client(f"Firm {number % 3}", stage="active")
    url = "/api/v1/clients"

    first = admin.get(f"{url}?sort=-name&limit=3").json()
    second = admin.get(
        f"{url}?{urlencode({'sort': '-name', 'limit': 3, 'cursor': first['next_cursor']})}"
    ).json()
    back = admin.get(
        f"{url}?{urlencode({'sort': '-name', 'limit': 3, 'cursor': second['previous_cursor']})}"
    ).json()

    assert [item["name"] for item in first["items"] + second["items"]] == ["Firm 2"] * 2 + ["Firm 1"] * 2 + [
        "Firm 0"
    ] * 2
    assert first["previous_cursor"] is None
    assert back["items"] == first["items"]
    assert admin.get(f"{url}?sort=name&cursor={first['next_cursor']}").json()["code"] == "bad_cursor"
    for parameters, status in [
        ("nme=x", 400), ("name[like]=x", 400), ("sort=nme", 400), ("cursor=x", 400), ("limit=501", 422),
        ("stage=rich", 422), ("created_at[gte]=01.02.2026", 422), ("responsible_id=9999999999999999999", 422),
    ]:  # fmt: skip
        answer = admin.get(f"{url}?{parameters}", headers={"accept-language": "ru"})
        assert answer.status_code == status, parameters
        assert answer.headers["content-type"] == "application/problem+json"
