"""A company that has the plugin on, and a way to make tasks."""

import re

import pytest
import sqlalchemy as sa

from vinculo_tasks.models import Task
from vinculo_tasks.records import task, task_type


@pytest.fixture
def plugins_on():
    return ("tasks",)


@pytest.fixture
def make_task(make_record):
    """Make a task: ``make_task("Call Ana", due_on="2026-11-30")``."""

    def make_task(subject="Call Ana", **payload):
        return make_record(task, subject=subject, links_to=[task_type], **payload)

    return make_task


@pytest.fixture
def make_type(make_record):
    def make_type(name="Call", **payload):
        return make_record(task_type, name=name, **payload)

    return make_type


@pytest.fixture
def rows(database):
    """What is in the table of tasks, by id."""

    def rows():
        with database.read() as session:
            return list(session.scalars(sa.select(Task).order_by(Task.id)))

    return rows


@pytest.fixture
def toast():
    """The message on a page and the address behind its Undo."""

    def toast(page):
        text = re.search(r'class="toast .*?<p>(.*?)</p>', page.text, re.DOTALL)
        undo = re.search(r'class="toast .*?<form method="post" action="(.*?)"', page.text, re.DOTALL)
        return (text[1] if text else ""), (undo[1].replace("&amp;", "&") if undo else "")

    return toast
