"""A company with groups and interactions, and ways to fill them."""

from types import SimpleNamespace

import pytest

from vinculo_interactions.records import interaction


@pytest.fixture
def plugins_on():
    return ("interactions", "segments")


@pytest.fixture
def log(make_record):
    def log(client, subject="Quote 41", **payload):
        payload.setdefault("happened_at", "2026-03-02T12:00:00+00:00")
        return make_record(interaction, client_id=client.id, subject=subject, **payload)

    return log


@pytest.fixture
def groups():
    """What programs do with groups: ``groups(admin).make("Big", "stage=active")``."""

    def of(browser):
        def make(name, rule="", **values):
            made = browser.post("/api/v1/segments", json={"name": name, **values})
            assert made.status_code == 201, made.text
            if rule:
                assert rule_of(made.json()["id"], rule).status_code == 200
            return made.json()["id"]

        def rule_of(group, rule):
            return browser.put(f"/api/v1/segments/{group}/rule", json={"query": rule})

        def found(query, kind="clients"):
            answer = browser.get(f"/api/v1/{kind}?{query}&limit=500")
            assert answer.status_code == 200, answer.text
            return {one.get("name") or one.get("subject") for one in answer.json()["items"]}

        def refused(query, kind="clients"):
            return browser.get(f"/api/v1/{kind}?{query}").json().get("code")

        return SimpleNamespace(make=make, rule=rule_of, found=found, refused=refused)

    return of
