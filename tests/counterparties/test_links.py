"""The dated link: a legal entity belongs to one client at a time, whatever is done to it."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from vinculo.actor import Source, system
from vinculo.counterparties import links
from vinculo.counterparties.models import Link
from vinculo.counterparties.records import counterparty
from vinculo.errors import ConflictError, InvalidError
from vinculo.records import service
from vinculo.records.reading import RowValues, Values
from vinculo.testing.factories import make_client, make_counterparty

ACTOR = system(Source.CLI)
START = dt.date(2026, 1, 1)
DAYS = st.one_of(st.none(), st.integers(0, 12).map(lambda n: START + dt.timedelta(days=n)))
PERIODS = st.tuples(DAYS, DAYS)


def days(link) -> set[int]:
    """The days from 2025-12-31 to 2026-01-14 that a link covers, counted one by one."""
    window = {n: START + dt.timedelta(days=n) for n in range(-1, 14)}
    return {
        n
        for n, day in window.items()
        if (link.valid_from is None or link.valid_from <= day)
        and (link.valid_to is None or day <= link.valid_to)
    }


@given(one=PERIODS, other=PERIODS)
def test_two_periods_overlap_when_they_share_a_day(one, other):
    first, second = (Link(valid_from=start, valid_to=end) for start, end in (one, other))
    for link in (first, second):
        if link.valid_from and link.valid_to and link.valid_to < link.valid_from:
            link.valid_from, link.valid_to = link.valid_to, link.valid_from

    assert links.overlap(first, second) == links.overlap(second, first) == bool(days(first) & days(second))


class Belonging(RuleBasedStateMachine):
    """Whatever sequence of edits and moves: no day has two clients, and no refusal leaves a trace."""

    session = None

    @initialize()
    def begin(self):
        self.clients = [make_client(self.session, f"Client {n}").id for n in range(3)]
        self.firm = make_counterparty(self.session, "Luz Ltda").id

    def attempt(self, change):
        before = self.state()
        outcome = service.attempt(self.session, counterparty, change)
        self.session.expire_all()
        if isinstance(outcome, Exception):
            assert isinstance(outcome, InvalidError | ConflictError)
            assert self.state() == before
        return outcome

    def read(self):
        return service.get(self.session, counterparty, self.firm, actor=ACTOR, lock=True)

    def state(self):
        return [(x.id, x.client_id, x.valid_from, x.valid_to, x.reason) for x in self.read().links]

    @rule(client=st.integers(0, 2), period=PERIODS, keep=st.booleans())
    def edit(self, client, period, keep):
        new = RowValues({"client_id": self.clients[client], "valid_from": period[0], "valid_to": period[1]})
        kept = [RowValues({}, id=link.id) for link in self.read().links] if keep else []
        values = Values(collections={"links": [*kept, new]})
        self.attempt(lambda: service.update(self.session, counterparty, self.read(), values, actor=ACTOR))

    @rule(client=st.integers(0, 2), on=DAYS.filter(bool))
    def move(self, client, on):
        before = self.state()
        outcome = self.attempt(
            lambda: links.move(
                self.session,
                counterparty,
                self.read(),
                self.clients[client],
                on=on,
                reason="sold",
                actor=ACTOR,
            )
        )
        if outcome is None:
            *kept, new = self.state()
            assert new[1:] == (self.clients[client], on, None, "sold")
            for was, is_now in zip(
                before, kept, strict=True
            ):  # history: only the end of the present one moves
                assert is_now[:3] == was[:3]
                assert is_now[3] == was[3] or (
                    is_now[3] == on - dt.timedelta(days=1) and (was[3] or on) >= on
                )

    @invariant()
    def one_client_at_a_time(self):
        if hasattr(self, "firm"):
            for one, other in combinations(self.read().links, 2):
                assert not days(one) & days(other)


def test_no_sequence_of_edits_and_moves_gives_a_day_two_clients(session):
    machine = type("Belonging", (Belonging,), {"session": session})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=12,
            stateful_step_count=10,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture
def luz(admin, make_client):
    """A firm of the client Luz since 2024, and the API's address of it."""
    clients = {name: make_client(name).id for name in ("Luz", "Sol", "Lua")}
    made = admin.post("/api/v1/counterparties", json={
        "legal_name": "Luz Ltda", "links": [{"client_id": clients["Luz"], "valid_from": "2024-01-01"}],
    })  # fmt: skip
    return clients, made.headers["location"]


def test_a_firm_moves_and_its_past_stays(admin, luz):
    clients, url = luz

    moved = admin.post(
        f"{url}/move", json={"client_id": clients["Sol"], "on": "2026-03-01", "reason": "sold"}
    )
    assert moved.status_code == 200
    assert moved.headers["etag"] == '"2"'
    assert [
        tuple(link[name] for name in ("client_id", "valid_from", "valid_to", "reason"))
        for link in moved.json()["links"]
    ] == [
        (clients["Luz"], "2024-01-01", "2026-02-28", ""),
        (clients["Sol"], "2026-03-01", None, "sold"),
    ]  # fmt: skip

    def refusal(status, **payload):
        answer = admin.post(f"{url}/move", json=payload)
        assert answer.status_code == status, answer.text
        return answer.json()

    lua = {"client_id": clients["Lua"], "on": "2026-04-01"}
    assert refusal(409, client_id=clients["Sol"], on="2026-04-01")["code"] == "same_client"
    assert refusal(409, client_id=clients["Lua"], on="2026-03-01")["code"] == "overlap"
    assert "Mar 2026" in refusal(409, client_id=clients["Lua"], on="2025-01-01")["detail"]
    assert refusal(422, client_id=999, on="2026-04-01")["errors"][0]["field"] == "client_id"
    assert refusal(422, client_id=clients["Lua"], on="soon")["errors"][0]["field"] == "on"
    assert len(refusal(422)["errors"]) == 2
    assert refusal(422, **lua, reason=None)["errors"][0]["code"] == "type"
    assert refusal(422, **lua, reason="x" * 201)["errors"][0]["field"] == "reason"
    assert refusal(422, **lua, why="x")["errors"][0]["code"] == "unknown_field"
    assert refusal(409, client_id=clients["Lua"], on="0001-01-01")["code"] == "overlap"
    assert admin.post(f"{url}/move", json=[1]).status_code == 422
    assert admin.get(url).json()["version"] == 2


def test_the_period_that_stands_in_the_way_is_named(admin, luz):
    clients, url = luz
    own = admin.get(url).json()["links"][0]

    overlapping = admin.patch(
        url, json={"links": [own, {"client_id": clients["Sol"], "valid_from": "2025-05-01"}]}
    )
    assert overlapping.status_code == 422
    (error,) = overlapping.json()["errors"]
    assert (error["field"], error["code"]) == ("links[1].valid_from", "overlap")
    assert "Luz" in error["message"]
    assert "since 1 Jan 2024" in error["message"]

    backwards = {"client_id": clients["Sol"], "valid_from": "2023-02-01", "valid_to": "2023-01-01"}
    (error,) = admin.patch(url, json={"links": [own, backwards]}).json()["errors"]
    assert (error["field"], error["code"]) == ("links[1].valid_to", "period")
    before = {"client_id": clients["Sol"], "valid_to": "2023-12-31"}
    assert admin.patch(url, json={"links": [own, before]}).status_code == 200
    russian = admin.patch(
        url, json={"links": [own, {**before, "valid_to": "2024-01-01"}]}, headers={"accept-language": "ru"}
    )
    assert "01.01.2024" in russian.json()["errors"][0]["message"]


def test_of_many_moves_at_once_the_days_stay_whole(admin, luz):
    clients, url = luz

    def move(number):
        payload = {"client_id": clients["Sol" if number % 2 else "Lua"], "on": f"2026-03-0{number % 3 + 1}"}
        return admin.post(f"{url}/move", json=payload).status_code

    with ThreadPoolExecutor(6) as threads:
        statuses = list(threads.map(move, range(9)))

    found = admin.get(url).json()
    assert set(statuses) <= {200, 409}
    assert statuses.count(200) >= 1
    assert len(found["links"]) == 1 + statuses.count(200)
    assert found["version"] == 1 + statuses.count(200)
    ordered = sorted(found["links"], key=lambda link: link["valid_from"])
    for one, following in pairwise(ordered):
        assert dt.date.fromisoformat(one["valid_to"]) < dt.date.fromisoformat(following["valid_from"])
    assert ordered[-1]["valid_to"] is None


def test_the_move_page_asks_and_answers_beside_the_fields(admin, luz):
    clients, url = luz
    page = url.removeprefix("/api/v1") + "/move"
    assert 'name="on"' in admin.get(page).text

    wrong = admin.post(
        page, data={"client_id": "", "client_id__text": "Nobody", "on": "2026-13-01", "reason": "why"}
    )
    assert wrong.status_code == 422
    assert "there is no Client called “Nobody”" in wrong.text
    assert "is not a day" in wrong.text
    assert all(f'value="{typed}"' in wrong.text for typed in ("Nobody", "2026-13-01", "why"))
    again = admin.post(page, data={"client_id": str(clients["Luz"]), "on": "2026-03-01"})
    assert again.status_code == 409
    assert "belongs to this client already" in again.text

    done = admin.post(
        page, data={"client_id": "", "client_id__text": "sol", "on": "2026-03-01", "reason": "sold"}
    )
    assert done.status_code == 200
    assert "Luz Ltda was moved." in done.text
    assert "until" not in done.text.partition("Luz Ltda was moved.")[2]
    assert [link["client_id"] for link in admin.get(url).json()["links"]] == [clients["Luz"], clients["Sol"]]
    client_page = admin.get(f"/clients/{clients['Luz']}").text
    assert "from 1 Jan 2024 to 28 Feb 2026" in client_page
