"""What somebody agreed to on a web form is the consent that mailings ask for; what was said last counts."""

from datetime import timedelta

import pytest

from vinculo.db.base import now

ANA = "ana@luz.example"


@pytest.fixture
def plugins_on():
    return ("mailings", "marketing")


@pytest.fixture
def put(admin):
    def put(url, **values):
        answer = admin.post(f"/api/v1/{url}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    return put


@pytest.fixture
def news(put):
    """A mailing to a list that asks for consent."""
    put("clients", name="Ana", contact_points=[{"type": "email", "value": ANA}])
    written = put("mailing-templates", name="News", subject="News", body="Hello.")
    agreed = put("mailing-lists", name="News", needs_consent=True)
    return put("mailings", name="News", template_id=written, list_id=agreed, plan="once")


@pytest.fixture
def left_out(admin, news):
    """Whom the mailing leaves out, and why: {reason: how many}."""

    def left_out():
        asked = {"query": "name[contains]=Ana"}
        answer = admin.put(f"/api/v1/mailings/{news}/audience", json=asked)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["recipients"] == 1 - sum(told["left_out"].values()), told
        return told["left_out"]

    return left_out


def ago(days):
    return (now() - timedelta(days=days)).isoformat()


def test_what_was_said_last_counts_wherever_it_was_said(admin, put, left_out):
    assert left_out() == {"Did not agree to this list": 1}
    first = put("consents", email="ana@LUZ.example", text="You may write.", given_at=ago(9))
    assert left_out() == {}, "the same address, written otherwise"
    put("mailing-subscriptions", address=ANA, choice="opted_out", said_at=ago(5))
    assert left_out() == {"Opted out of all marketing": 1}
    again = put("consents", email=ANA, text="You may write again.", given_at=ago(2))
    assert left_out() == {}
    for consent in (first, again):
        admin.patch(f"/api/v1/consents/{consent}", json={"withdrawn_at": ago(1)})
    assert left_out() == {"Opted out of all marketing": 1}


def test_an_address_that_is_none_is_refused(admin):
    answer = admin.post("/api/v1/consents", json={"email": "ana", "text": "You may write."})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "email"
