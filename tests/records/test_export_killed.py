"""An export whose web process is killed has not happened: nothing is delivered, counted or on record."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from vinculo.accounts import service as accounts
from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.db.base import now
from vinculo.events.models import Event
from vinculo.records.models import Export

WORKER = Path(__file__).with_name("export_worker.py")
BY = {"actor": system(Source.CLI), "now": now()}


def test_an_export_that_is_killed_has_not_happened(database, make_client, tmp_path):
    make_client("Luz")
    with database.write() as session:
        roles = {"role_names": [Role.ADMINISTRATOR], "password": "correct horse battery"}
        ana = accounts.create_user(session, login="ana", **roles, **BY)
        _row, token = accounts.create_token(session, ana.id, name="test", **BY)
    url = database.url.render_as_string(hide_password=False)
    command = [sys.executable, str(WORKER), url, str(tmp_path / "files"), token]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "in the middle\n"
    finally:
        process.kill()
        told, _nothing = process.communicate()

    assert told == ""
    with database.write() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Export)) == 0
        assert session.scalar(sa.select(sa.func.count()).where(Event.action == "exported")) == 0
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
