"""Two users of different departments never meet each other's records, by whatever door."""

from __future__ import annotations

from itertools import product
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vinculo.actor import Scope
from vinculo.testing.factories import SYSTEM
from vinculo_interactions.records import interaction

MARKS = {"North": "noxvik", "South": "soxvik"}
KINDS = {
    "clients": (
        "name",
        "stage",
        "responsible_id",
        "industry",
        "country",
        "note",
        "created_at",
        "external_id",
    ),
    "counterparties": ("legal_name", "legal_form", "country", "note", "created_at"),
    "people": ("name", "language", "birthday", "note", "changed_at"),
    "interactions": ("subject", "type", "client_id", "happened_at", "outcome", "next_step", "note"),
}
OPERATORS = ("", "[ne]", "[contains]", "[starts]", "[empty]", "[in]", "[gte]", "[lt]")
VALUES = (
    "",
    "a",
    "noxvik",
    "soxvik",
    "NOXVIK",
    "soxvik 1",
    "0",
    "1",
    "2",
    "3",
    "true",
    "2026-01-01",
    "%",
    "_",
)


@pytest.fixture
def plugins_on():
    return ("interactions",)


@pytest.fixture
def company(make_department, make_role, make_user, make_client, make_counterparty, make_person, make_record):
    """Records of both departments alternate, so that ids, dates and names of one lie between the other's."""
    make_role("Member", {"*": Scope.DEPARTMENT, "accounts.user.read": Scope.ALL})
    users = {}
    for name in MARKS:
        make_department(name)
        users[name] = make_user(name.lower(), department=name, full_name=name)
    for n in range(6):
        for name, mark in MARKS.items():
            owner = {"responsible_id": users[name].id} if n % 2 else {}
            text = {"note": f"{mark} note", "external_id": f"{mark}-{n}"}
            points = [{"type": "email", "value": f"{mark}{n}@example.com"}]
            actor = acting(users[name])
            client = make_client(
                f"{mark} {n}", industry=mark, contact_points=points, actor=actor, **owner, **text
            )
            firm = make_counterparty(
                f"{mark} {n} Ltda", links=[{"client_id": client.id}], actor=actor, **text
            )
            person = make_person(
                f"{mark} person {n}", roles=[{"counterparty_id": firm.id}], actor=actor, **text
            )
            make_record(
                interaction, client_id=client.id, subject=f"{mark} talk {n}", outcome=mark, actor=actor,
                participants=[{"person_id": person.id}], responsible_id=users[name].id, **text,
            )  # fmt: skip
    both = [list(MARKS).index(name) + 1 for name in MARKS]  # the first client of each
    periods = ({"valid_to": "2025-12-31"}, {"valid_from": "2026-01-01"})
    links = [{"client_id": one, **period} for one, period in zip(both, periods, strict=True)]
    make_counterparty("Shared Ltda", links=links)
    make_person("Shared", roles=[{"client_id": one} for one in both])
    return users


def acting(user):

    return type(SYSTEM)(user.id, user.name, SYSTEM.source, is_administrator=True)


@st.composite
def lists(draw):
    """A list, export or page of one, with filters, order, search and length."""
    plural = draw(st.sampled_from(sorted(KINDS)))
    fields = st.sampled_from(KINDS[plural])
    given_ = {
        draw(fields) + draw(st.sampled_from(OPERATORS)): draw(st.sampled_from(VALUES))
        for _ in range(draw(st.integers(0, 2)))
    }
    if draw(st.booleans()):
        given_["q"] = draw(st.sampled_from([*VALUES, "example", "note", "ltda", "pers"]))
    if draw(st.booleans()):
        given_["sort"] = draw(st.sampled_from(["", "-"])) + draw(fields)
    form = draw(st.sampled_from(["/api/v1/{}", "/{}", "/{}/export.csv", "/api/v1/{}/export"]))
    if "export" not in form:
        given_["limit"] = str(draw(st.integers(1, 5)))
    return f"{form.format(plural)}?{urlencode(given_)}"


OF_RECORD = ("/api/v1/{}/{}", "/{}/{}", "/{}/{}/edit", "/{}/{}/history", "/api/v1/{}/{}/history")


others = st.one_of(
    st.builds("/search?q={}".format, st.sampled_from(VALUES).map(quote)),
    st.builds("/search/palette?q={}".format, st.sampled_from(VALUES).map(quote)),
    st.builds(
        "/lookup/{}?q={}".format,
        st.sampled_from(["client", "counterparty", "person", "interaction", "department"]),
        st.sampled_from(VALUES).map(quote),
    ),
    st.builds("/clients/{}/timeline".format, st.integers(1, 13)),
    st.just("/"),
)
writes = st.tuples(
    st.sampled_from(["clients", "counterparties", "people", "interactions"]),
    st.fixed_dictionaries(
        {},
        optional={
            "external_id": st.sampled_from(["soxvik-1", "noxvik-1", "new"]),
            "links": st.lists(st.fixed_dictionaries({"client_id": st.integers(1, 13)}), max_size=2),
            "roles": st.lists(st.fixed_dictionaries({"client_id": st.integers(1, 13)}), max_size=1),
            "client_id": st.integers(1, 13),
            "responsible_id": st.integers(1, 3),
        },
    ),
)


def without_what_was_typed(text, url):
    """What a page repeats of its own address tells nothing."""
    for mark in MARKS.values():
        if mark in url.lower():
            return None
    return text.lower()


def test_nobody_meets_what_is_the_others(company, open_browser):
    browsers = {name: open_browser(user) for name, user in company.items()}

    def check(name, answer, url):
        assert answer.status_code < 500, url
        (other,) = (mark for place, mark in MARKS.items() if place != name)
        text = without_what_was_typed(answer.text, url)
        assert text is None or other not in text, f"{name} meets {other} at {url}"
        if text is None and answer.headers["content-type"].startswith("application/json"):
            assert not any(other in str(item) for item in answer.json().get("items", ())), url

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(sorted(MARKS)), url=st.one_of(lists(), lists(), others))
    def reads(name, url):
        browser = browsers[name]
        answer = browser.get(url)
        check(name, answer, url)
        if "application/json" in answer.headers["content-type"] and answer.json().get("next_cursor"):
            further = f"{url}&cursor={quote(answer.json()['next_cursor'])}"
            for one in browsers.items():
                check(one[0], one[1].get(further), further)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(name=st.sampled_from(sorted(MARKS)), write=writes, number=st.integers(1, 13), new=st.booleans())
    def changes(name, write, number, new):
        plural, payload = write
        named = {
            "clients": "name",
            "counterparties": "legal_name",
            "people": "name",
            "interactions": "subject",
        }
        url = f"/api/v1/{plural}" if new else f"/api/v1/{plural}/{number}"
        body = {**payload, named[plural]: "written"} if new else payload
        answer = browsers[name].request("POST" if new else "PATCH", url, json=body)
        typed = str(payload)
        (other,) = (mark for place, mark in MARKS.items() if place != name)
        assert answer.status_code < 500, answer.text
        assert other in typed or other not in answer.text.lower(), (
            f"{name} meets {other} at {url} with {payload}"
        )

    def every_record():
        for plural, number, form in product(sorted(KINDS), range(1, 14), OF_RECORD):
            url = form.format(plural, number)
            for name, browser in browsers.items():
                check(name, browser.get(url), url)

    reads()
    changes()
    reads()
    every_record()
