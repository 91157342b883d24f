"""What few requests need, a web process loads when the first of them comes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

SERVE = """
import json, sys
from vinculo.app import factory
from vinculo.cli import runtime, serve
from vinculo.settings import load

runtime.Runtime(load(None)).upgrade()
server = factory()._follower  # the test client of Litestar would bring pygments
server.start()
loaded = sorted({name.partition(".")[0] for name in sys.modules})
print(json.dumps([sorted(server.site.registry.plugins), loaded]))
server.stop()
"""
HEAVY = {  # together 40 MB; each is loaded by a function, which says why
    "OpenSSL",
    "PIL",
    "charset_normalizer",
    "holidays",
    "icalendar",
    "joserfc",
    "mrml",
    "mt940",
    "ofxtools",
    "puremagic",
    "pygments",
    "python_calamine",
    "segno",
    "simpleeval",
    "typst",
    "webauthn",
    "xlsxwriter",
    "zxcvbn",
}


@pytest.mark.databases("sqlite")
def test_a_web_process_of_all_plugins_starts_without_what_is_heavy(tmp_path):
    from vinculo.plugins.discovery import installed

    on = sorted(name for name, plugin in installed().items() if plugin.manifest)
    values = {
        "VINCULO_DATABASE__URL": f"sqlite:///{tmp_path / 'vinculo.db'}",
        "VINCULO_FILES__FOLDER": str(tmp_path / "files"),
        "VINCULO_PLUGINS__ON": json.dumps(on),
    }
    ran = subprocess.run(
        [sys.executable, "-c", SERVE],
        env={**os.environ, **values},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    served, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert served == on
    assert HEAVY.isdisjoint(loaded), sorted(HEAVY & set(loaded))
