"""A company that keeps its own legal entities, and ways to make them."""

import pytest


@pytest.fixture
def plugins_on():
    return ("organization",)


@pytest.fixture
def add(admin):
    """Send one to the API; its values, or the codes of its errors by field."""

    def add(kind, **values):
        answer = admin.post(f"/api/v1/{kind}", json=values)
        if answer.status_code == 422:
            return {one["field"]: one["code"] for one in answer.json()["errors"]}
        assert answer.status_code == 201, answer.text
        return answer.json()

    return add
