"""The API of records, as a program meets it: what it may send, and what it is told when it may not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

CLIENTS = "/api/v1/clients"
COUNTERPARTIES = "/api/v1/counterparties"


@pytest.fixture
def count_rows(database):
    """How many rows each table has."""

    names = [name for name in sa.inspect(database.engine).get_table_names() if "_fts" not in name]

    def count():
        with database.engine.connect() as connection:
            return {name: connection.scalar(sa.text(f"select count(*) from {name}")) for name in names}

    return count


def test_a_record_lives_from_post_to_undo(admin):
    made = admin.post(CLIENTS, json={
        "name": "  Padaria Luz ",
        "stage": "active",
        "country": "BR",
        "website": "luz.example",
        "external_id": "A-1",
        "contact_points": [{"type": "phone", "value": "(11) 98765-4321"}],
    })  # fmt: skip
    record = made.json()
    address = made.headers["location"]

    assert made.status_code == 201
    assert (record["name"], record["version"], made.headers["etag"]) == ("Padaria Luz", 1, '"1"')
    assert record["website"] == "https://luz.example"
    assert record["contact_points"][0]["value"] == "+5511987654321"
    assert admin.get(address).json() == record

    changed = admin.patch(address, json={"stage": "permanent", "contact_points": []}).json()
    assert (changed["stage"], changed["contact_points"], changed["version"]) == ("permanent", [], 2)
    assert changed["name"] == "Padaria Luz"
    assert admin.patch(address, json={"stage": "permanent"}).json()["version"] == 2  # nothing to change

    gone = admin.delete(address)
    assert gone.status_code == 200
    assert admin.get(address).status_code == 404
    assert admin.delete(address).status_code == 404
    assert admin.post(gone.json()["restore"]).status_code == 204
    assert admin.post(gone.json()["restore"]).status_code == 404
    assert admin.get(address).json() == changed

    entries = admin.get(f"{address}/history").json()["items"]
    assert [entry["action"] for entry in entries] == ["restored", "deleted", "changed", "created"]
    assert entries[2]["changes"]["stage"] == ["active", "permanent"]
    assert entries[2]["source"] == "api"


UNFIT = [
    ({"nme": "x"}, "nme", "unknown_field"),
    ({"name": 7}, "name", "invalid"),
    ({"name": "x" * 201}, "name", "invalid"),
    ({"name": "  "}, "name", "required"),
    ({"name": None}, "name", "type"),
    ({"name": "a\0b"}, "name", "invalid"),
    ({"stage": None}, "stage", "type"),
    ({"stage": "rich"}, "stage", "invalid"),
    ({"stage": ["active"]}, "stage", "invalid"),
    ({"country": None}, "country", "type"),
    ({"country": "Brazzil"}, "country", "invalid"),
    ({"website": "javascript:alert(1)"}, "website", "invalid"),
    ({"website": "https://a.example/\n<script>"}, "website", "invalid"),
    ({"responsible_id": 999}, "responsible_id", "no_such_record"),
    ({"responsible_id": 2**63}, "responsible_id", "invalid"),
    ({"responsible_id": True}, "responsible_id", "invalid"),
    ({"responsible_id": 1.0}, "responsible_id", "invalid"),
    ({"external_id": ""}, "external_id", "invalid"),
    ({"external_id": "a\0"}, "external_id", "invalid"),
    ({"external_id": "x" * 101}, "external_id", "invalid"),
    ({"contact_points": None}, "contact_points", "type"),
    ({"contact_points": "x"}, "contact_points", "type"),
    ({"contact_points": ["x"]}, "contact_points[0]", "type"),
    ({"contact_points": [{"type": "phone"}]}, "contact_points[0].value", "required"),
    ({"contact_points": [{"type": None, "value": "1"}]}, "contact_points[0].type", "type"),
    ({"contact_points": [{"type": "phone", "value": "call me"}]}, "contact_points[0].value", "invalid"),
    ({"contact_points": [{"type": "email", "value": "a@b"}]}, "contact_points[0].value", "invalid"),
    ({"contact_points": [{"type": "phone", "value": "123", "x": 1}]}, "contact_points[0].x", "unknown_field"),
    ({"contact_points": [{"type": "phone", "value": "123", "id": 77}]}, "contact_points[0].id", "invalid"),
    ({"contact_points": [{"type": "phone", "value": "1"}] * 501}, "contact_points", "type"),
]  # fmt: skip


def test_a_value_that_does_not_fit_is_named_and_nothing_is_written(refusing):
    for sent, field, code in UNFIT:
        answer = refusing(CLIENTS, {"name": "Luz", "stage": "active", **sent})

        assert answer.status_code == 422, sent
        assert answer.headers["content-type"] == "application/problem+json"
        assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [(field, code)], sent


@pytest.fixture
def refusing(admin, count_rows):
    """Post what must be refused, and see that no table has a row more."""

    def refusing(url, payload):
        before = count_rows()
        answer = admin.post(url, json=payload)
        assert count_rows() == before
        return answer

    return refusing


UNREADABLE = [
    (b"", 400, "malformed_json"),
    (b"{", 400, "malformed_json"),
    (b"\xff\xfe", 400, "malformed_json"),
    (b'{"name": "\\ud800"}', 400, "malformed_json"),
    (b"[" * 100_000, 400, "malformed_json"),
    (b'{"name": NaN}', 400, "malformed_json"),
    (b'{"name": ' + b"1" * 5000 + b"}", 400, "malformed_json"),
    (b"[]", 422, "invalid"),
    (b'"Luz"', 422, "invalid"),
    (b"null", 422, "invalid"),
    (b'{"name": "' + b"x" * 10 * 2**20 + b'"}', 413, "too_large"),
]


def test_a_body_that_cannot_be_read_is_refused_whole(admin, count_rows):
    before = count_rows()
    for content, status, code in UNREADABLE:
        for url in (CLIENTS, f"{CLIENTS}/batch"):
            answer = admin.post(url, content=content, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (status, code), content[:40]
            assert answer.headers["content-type"] == "application/problem+json"
    assert count_rows() == before


TAX_NUMBERS = [
    ("BR", "tax", "11.222.333/0001-81", "11.222.333/0001-81"),
    ("BR", "tax", "11222333000181", "11.222.333/0001-81"),
    ("BR", "tax", "12ABC34501DE35", "12.ABC.345/01DE-35"),  # letters, as from July 2026
    ("BR", "tax", "529.982.247-25", "529.982.247-25"),
    ("BR", "tax", "11.222.333/0001-82", None),
    ("BR", "tax", "00000000000000", None),
    ("BR", "tax", "111.111.111-11", None),
    ("BR", "tax", "12ABC34501DE36", None),
    ("RU", "tax", "7707083893", "7707083893"),
    ("RU", "tax", "500100732259", "500100732259"),
    ("RU", "tax", "7707083894", None),
    ("DE", "vat", "DE 136,695 976", "136695976"),
    ("DE", "vat", "DE136695978", None),
    ("", "lei", "5493001kjtiigc8y1r12", "5493001KJTIIGC8Y1R12"),
    ("", "lei", "5493001KJTIIGC8Y1R13", None),
    ("AQ", "tax", "anything goes", "anything goes"),  # a country without a rule
    ("", "registration", "HRB 12345", "HRB 12345"),
]


def test_identifiers_are_checked_by_the_rules_of_their_country(admin, count_rows):
    for country, scheme, value, standard in TAX_NUMBERS:
        before = count_rows()
        row = {"scheme": scheme, "value": value, "country": country}
        answer = admin.post(COUNTERPARTIES, json={"legal_name": f"Luz {value}", "identifiers": [row]})
        if standard is None:
            assert answer.status_code == 422, value
            assert answer.json()["errors"][0]["field"] == "identifiers[0].value"
            assert answer.json()["errors"][0]["code"] == "invalid_identifier"
            assert value in answer.json()["detail"]
            assert count_rows() == before
        else:
            assert answer.status_code == 201, answer.text
            assert answer.json()["identifiers"][0]["value"] == standard


def test_accounts_are_checked_where_they_can_be(refusing, admin):
    def account(**values):
        return {"legal_name": "Luz Ltda", "bank_accounts": [values]}

    wrong = refusing(COUNTERPARTIES, account(number="DE89 3704 0044 0532 0130 01"))
    assert wrong.json()["errors"][0]["code"] == "invalid_iban"
    unknown = refusing(COUNTERPARTIES, account(number="1", currency="ßßß"))  # in capitals twice as long
    assert unknown.json()["errors"][0]["field"] == "bank_accounts[0].currency"

    kept = admin.post(COUNTERPARTIES, json=account(number="de89370400440532013000", currency="eur"))
    assert kept.json()["bank_accounts"][0]["number"] == "DE89 3704 0044 0532 0130 00"
    assert kept.json()["bank_accounts"][0]["currency"] == "EUR"


def test_what_stands_against_a_change_is_a_conflict(admin, count_rows):
    first = admin.post(CLIENTS, json={"name": "Luz", "stage": "active", "external_id": "A"}).json()
    second = admin.post(CLIENTS, json={"name": "Sol", "stage": "active", "external_id": "B"}).json()
    url = f"{CLIENTS}/{second['id']}"
    before = count_rows()

    def code(answer, status):
        assert answer.status_code == status
        return answer.json()["code"]

    taken = {"name": "Lua", "stage": "active", "external_id": "A"}
    assert code(admin.post(CLIENTS, json=taken), 409) == "duplicate_external_id"
    assert code(admin.patch(url, json={"external_id": "A"}), 409) == "duplicate_external_id"
    assert code(admin.patch(url, json={"note": "x", "version": 7}), 409) == "stale_version"
    for method in ("PATCH", "DELETE"):
        stale = admin.request(method, url, json={"note": "x"}, headers={"if-match": '"7"'})
        assert code(stale, 412) == "precondition_failed"
    assert count_rows() == before
    assert admin.get(f"{CLIENTS}/{first['id']}").json() == first
    assert admin.get(url).json() == second

    for tag in ('"1"', 'W/"1"', '"5", "1"', "*"):
        note = {"note": f"seen {tag}"}
        assert admin.patch(url, json=note, headers={"if-match": tag}).status_code == 200
        note = {"note": "", "version": admin.get(url).json()["version"]}
        assert admin.patch(url, json=note).status_code == 200
        admin.delete(url, headers={"if-match": "*"})
        second = admin.post(CLIENTS, json={"name": "Sol", "stage": "active"}).json()
        url = f"{CLIENTS}/{second['id']}"


def test_numbers_beyond_the_database_name_nothing(admin):
    for number in (0, -1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**30, 10**300):
        for method, tail in [
            ("GET", ""), ("GET", "/history"), ("PATCH", ""), ("DELETE", ""), ("POST", "/move"),
        ]:  # fmt: skip
            url = f"{COUNTERPARTIES}/{number}{tail}"
            answer = admin.request(method, url, json={} if method in ("PATCH", "POST") else None)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, url)
        assert admin.post(f"/api/v1/trash/{number}/restore").status_code == 404
    assert admin.get(f"{CLIENTS}/{'9' * 5000}").status_code == 404
    answer = admin.patch(f"{CLIENTS}/1", json={"version": 10**18})
    assert answer.status_code == 404


def test_a_program_needs_a_token_and_a_permission(visitor, member, database, make_user):
    refused = visitor.get(CLIENTS)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.json()["code"] == "not_signed_in"
    wrong = visitor.get(CLIENTS, headers={"authorization": "Bearer nonsense"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_token")
    assert visitor.post(CLIENTS, json={"name": "x", "stage": "active"}).status_code == 401

    assert member.post(CLIENTS, json={"name": "x", "stage": "active"}).status_code == 201
    forbidden = member.post("/api/v1/roles", json={"name": "Advisor"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "forbidden")
    del member.headers["x-csrf-token"]  # as a form on another site would send it
    forged = member.post(CLIENTS, json={"name": "x", "stage": "active"})
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf")


def test_a_batch_is_written_whole_or_not_at_all(admin, count_rows):
    items = [{"external_id": f"B{n}", "name": f"Firm {n}", "stage": "active"} for n in range(20)]
    first = admin.post(f"{CLIENTS}/batch", json={"items": items}).json()["items"]
    assert [row["status"] for row in first] == ["created"] * 20

    items[3]["stage"] = "lost"
    again = admin.post(
        f"{CLIENTS}/batch", json={"items": [*items, {"name": "New", "stage": "active"}]}
    ).json()
    assert [row["status"] for row in again["items"]] == [
        "changed" if n == 3 else "unchanged" for n in range(20)
    ] + ["created"]
    assert [row["id"] for row in again["items"][:20]] == [row["id"] for row in first]

    before = count_rows()
    bad = [
        {"external_id": "B4", "name": ""},
        {"external_id": "N1", "name": "Fine", "stage": "active"},
        {"external_id": "B5", "stage": None},
        {"external_id": "a\0b", "name": "x", "stage": "active"},
        {"stage": "active"},
        "not an object",
    ]
    refused = admin.post(f"{CLIENTS}/batch", json={"items": bad})
    assert refused.status_code == 422
    fields = [error["field"] for error in refused.json()["errors"]]
    assert fields == ["items[0].name", "items[2].stage", "items[3].external_id", "items[4].name", "items[5]"]
    assert count_rows() == before
    for payload in ({"items": []}, {"items": items * 51}, {"items": items, "x": 1}, {}, [], {"items": {}}):
        assert admin.post(f"{CLIENTS}/batch", json=payload).status_code == 422
    assert count_rows() == before


def test_a_batch_survives_an_item_that_its_rules_refuse(admin, count_rows):
    rows = [{"external_id": "C1", "legal_name": "One"}, {"external_id": "C2", "legal_name": "Two"}]
    client = admin.post(CLIENTS, json={"name": "Luz", "stage": "active"}).json()["id"]
    assert admin.post(f"{COUNTERPARTIES}/batch", json={"items": rows}).status_code == 200
    before = count_rows()

    rows[0]["links"] = [{"client_id": client, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}]
    refused = admin.post(f"{COUNTERPARTIES}/batch", json={"items": rows})

    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == ["items[0].links[0].valid_to"]
    assert count_rows() == before


def test_a_list_gives_only_the_fields_asked_for(admin, make_client):
    make_client("Luz", stage="active", country="BR")

    (item,) = admin.get(f"{CLIENTS}?fields=name,country").json()["items"]
    assert item == {"id": 1, "name": "Luz", "country": "BR"}
    assert set(admin.get(CLIENTS).json()["items"][0]) >= {
        "id",
        "version",
        "stage",
        "changed_at",
        "external_id",
    }

    wrong = admin.get(f"{CLIENTS}?fields=name,secret,password_hash")
    assert wrong.status_code == 422
    assert [error["code"] for error in wrong.json()["errors"]] == ["unknown_field"] * 2


def test_twenty_programs_at_once_lose_no_change(admin, make_client):
    url = f"{CLIENTS}/{make_client('Luz').id}"

    def add(number):
        while True:
            seen = admin.get(url).json()
            note = f"{seen['note']} {number}"
            answer = admin.patch(url, json={"note": note, "version": seen["version"]})
            if answer.status_code == 200:
                return
            assert answer.status_code == 409, answer.text

    def stamp(number):  # without a version: the last one wins, yet each one counts
        return admin.patch(url, json={"industry": f"i{number}"}).status_code

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(add, range(12)))
        assert set(threads.map(stamp, range(12))) == {200}

    after = admin.get(url).json()
    assert sorted(map(int, after["note"].split())) == list(range(12))
    assert after["version"] == 25
    assert len(admin.get(f"{url}/history").json()["items"]) == 25


def test_json_is_taken_from_a_program_that_calls_it_a_form(admin):
    answer = admin.post(
        CLIENTS,
        content=b'{"name": "Padaria Luz"}',
        headers={"content-type": "application/x-www-form-urlencoded"},  # what curl -d says
    )
    assert answer.status_code == 201
