"""Repeatable POSTs: a program that is not sure whether it was heard may ask again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

CLIENTS = "/api/v1/clients"
LUZ = {"name": "Luz", "stage": "active"}


def key(value: str) -> dict[str, str]:
    return {"idempotency-key": value}


def test_the_same_key_gives_the_same_answer_and_works_once(admin, member):
    first = admin.post(CLIENTS, json=LUZ, headers=key("k1"))
    again = admin.post(CLIENTS, json=LUZ, headers=key("k1"))

    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert [again.headers[name] for name in ("etag", "location", "idempotency-replayed")] == [
        '"1"', first.headers["location"], "true",
    ]  # fmt: skip
    other = admin.post(CLIENTS, json={**LUZ, "name": "Sol"}, headers=key("k1"))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = admin.post("/api/v1/people", json=LUZ, headers=key("k1"))
    assert elsewhere.json()["code"] == "idempotency_key_reused"
    assert member.post(CLIENTS, json=LUZ, headers=key("k1")).json()["id"] == 2  # keys are each user's own
    assert admin.post(CLIENTS, json=LUZ).json()["id"] == 3  # without a key, each is new
    assert admin.post(CLIENTS, json=LUZ, headers=key("x" * 201)).status_code == 422

    items = {"items": [{**LUZ, "external_id": "A"}]}
    batch = [admin.post(f"{CLIENTS}/batch", json=items, headers=key("k2")).json() for _ in range(2)]
    assert batch[0] == batch[1]
    assert batch[0]["items"][0]["status"] == "created"


def test_what_failed_may_be_tried_again_with_the_same_key(admin):
    wrong = admin.post(CLIENTS, json={"name": ""}, headers=key("k"))
    assert wrong.status_code == 422
    assert admin.post(CLIENTS, json=LUZ, headers=key("k")).status_code == 201


def test_many_at_once_with_one_key_make_one_record(admin):
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: admin.post(CLIENTS, json=LUZ, headers=key("k")), range(12)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 11
    assert len(admin.get(CLIENTS).json()["items"]) == 1
