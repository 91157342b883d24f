"""A company with a catalog, and ways to fill it."""

import pytest


@pytest.fixture
def plugins_on():
    return ("catalog",)


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


@pytest.fixture
def change(admin):
    """Change one; its values, or the codes of its errors by field."""

    def change(kind, record, **values):
        now = admin.get(f"/api/v1/{kind}/{record['id']}").json()
        answer = admin.patch(f"/api/v1/{kind}/{record['id']}", json={"version": now["version"], **values})
        if answer.status_code == 422:
            return {one["field"]: one["code"] for one in answer.json()["errors"]}
        assert answer.status_code == 200, answer.text
        return answer.json()

    return change
