"""A merge that is killed has not happened: nothing twice, nothing lost, and it can be done again."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from vinculo.clients.records import client as client_kind
from vinculo.db.base import Base
from vinculo.records import merging
from vinculo.testing.factories import SYSTEM

WORKER = Path(__file__).with_name("merge_worker.py")


def content(database):
    with database.read() as session:
        tables = Base.metadata.sorted_tables
        return {table.name: sorted(map(repr, session.execute(sa.select(table)))) for table in tables}


def test_a_merge_that_is_killed_in_the_middle_has_not_happened(database, make_client, make_person):
    one, two = make_client("A"), make_client("B", contact_points=[{"type": "email", "value": "b@x.com"}])
    make_person("Ana", client_id=two.id)
    before = content(database)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url, str(one.id), str(two.id)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "in the middle\n"
    finally:
        process.kill()
        process.communicate()

    assert content(database) == before
    with database.write() as session:
        done = merging.merge(session, client_kind, one.id, [two.id], actor=SYSTEM)
    assert done.moved["people_role.client_id"] == 1
