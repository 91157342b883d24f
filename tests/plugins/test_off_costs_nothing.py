"""Of a plugin that is off, a process imports the manifest and nothing else, whatever it does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SERVE = """
import json, sys
from litestar.testing import TestClient
from vinculo.app import factory
from vinculo.plugins import discovery

with TestClient(factory()) as browser:
    assert browser.get("/health/ready").status_code == 200
    assert browser.get("/gifts").status_code == 404
discovery.installed()
print(json.dumps(sorted(name for name in sys.modules if name.partition(".")[0] == "acme_gifts")))
"""


@pytest.fixture
def modules(install, migrated_database_url, tmp_path):
    """What a new process that serves has imported of the plugin."""
    from vinculo.app import prepare_jobs
    from vinculo.db.engine import Database

    install("gifts", "from acme_gifts import models", files={"models.py": "", "jobs.py": ""})
    database = Database(migrated_database_url)
    prepare_jobs(database)
    database.close()

    def modules():
        values = {"VINCULO_DATABASE__URL": migrated_database_url, "PYTHONPATH": str(tmp_path / "site")}
        environment = {**os.environ, **values, "VINCULO_FILES__FOLDER": str(tmp_path / "files")}
        ran = subprocess.run(
            [sys.executable, "-c", SERVE], env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    return modules


@pytest.mark.databases("sqlite")
def test_nothing_of_it_but_its_manifest_is_imported(modules, switchboard):
    from vinculo.actor import Source, system

    assert modules() == ["acme_gifts"]
    switchboard.switch("on", "gifts", actor=system(Source.CLI))
    assert modules() == ["acme_gifts", "acme_gifts.models", "acme_gifts.plugin"]
    switchboard.switch("off", "gifts", actor=system(Source.CLI))
    assert modules() == ["acme_gifts"]


def test_pages_send_the_same_queries_as_if_it_had_never_been_there(
    install, switchboard, open_browser, make_user, make_client, count_queries
):
    from vinculo.accounts.models import Role
    from vinculo.actor import Source, system

    client, user = make_client("Padaria Luz"), make_user("root", role=Role.ADMINISTRATOR)
    pages = ["/", "/clients", f"/clients/{client.id}", "/api/v1/clients"]

    def queries():
        browser, found = open_browser(user), {}
        for page in pages:
            assert browser.get(page).status_code == 200
            with count_queries() as sent:
                browser.get(page)
            found[page] = sent
        return found

    before = queries()
    for action in ("on", "off"):
        switchboard.switch(action, "interactions", actor=system(Source.CLI))
    assert queries() == before
