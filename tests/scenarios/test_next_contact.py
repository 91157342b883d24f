"""A fact that another plugin's fact joins: the next contact takes tasks into account where they are on."""

from datetime import timedelta

import pytest

from vinculo.accounts.models import Role
from vinculo.actor import Scope
from vinculo.db.base import now
from vinculo_interactions.records import interaction
from vinculo_tasks.records import task, task_type

NAME = "interactions_next_contact"


def day(days):
    return f"{now() + timedelta(days=days):%Y-%m-%d}"


def told(browser):
    items = browser.get("/api/v1/clients", params={"fields": f"name,{NAME}"}).json()["items"]
    return {item["name"]: item[NAME] for item in items}


@pytest.fixture
def clients(make_client, make_record, plugins_on):
    """One with a task before the planned talk, one with it after, one with a task alone, one with neither."""
    for name, due, talk in (("Before", 3, 5), ("After", 9, 5), ("Task", 4, None), ("Neither", None, None)):
        client = make_client(name)
        if due and "tasks" in plugins_on:
            make_record(task, subject="Call", client_id=client.id, due_on=day(due), links_to=[task_type])
        if talk:
            at = (now() + timedelta(days=talk)).isoformat()
            make_record(interaction, subject="Talk", type="meeting", client_id=client.id, happened_at=at)


@pytest.mark.usefixtures("clients")
class TestBoth:
    @pytest.fixture
    def plugins_on(self):
        return ("interactions", "tasks")

    def test_the_earlier_day_is_told(self, admin):
        assert told(admin) == {"Before": day(3), "After": day(5), "Task": day(4), "Neither": None}
        found = admin.get("/api/v1/clients", params={f"{NAME}[lte]": day(4), "fields": "name"}).json()
        assert {item["name"] for item in found["items"]} == {"Before", "Task"}

    def test_who_reads_no_tasks_is_told_of_talks_alone(self, make_role, make_user, open_browser):
        reads = {"clients.client.read": Scope.ALL, "interactions.interaction.read": Scope.ALL}
        make_role("Talks", reads)
        make_role(Role.MEMBER, {"*": None})
        browser = open_browser(make_user("bea", role="Talks"))
        assert told(browser) == {"Before": day(5), "After": day(5), "Task": None, "Neither": None}


@pytest.mark.usefixtures("clients")
class TestTalksAlone:
    @pytest.fixture
    def plugins_on(self):
        return ("interactions",)

    def test_with_tasks_off_talks_are_told(self, admin):
        assert told(admin) == {"Before": day(5), "After": day(5), "Task": None, "Neither": None}
