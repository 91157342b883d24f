"""The plugin of docs/writing-a-plugin.md comes to be as the page says, in an environment of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "writing-a-plugin.md"
BLOCK = re.compile(r"<!-- (run|prints|file: (\S+)) -->\n```\w+\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n")


@pytest.fixture
def environment(tmp_path):
    """A machine with Vinculo installed, where ``pip``, ``python`` and ``vinculo`` are those of its own."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    # What is installed here is borrowed; a .pth within a .pth is not followed, so the sources are named.
    sources = [ROOT / "core", ROOT / "plugins" / "interactions"]
    (packages / "borrowed.pth").write_text("\n".join([sysconfig.get_path("purelib"), *map(str, sources)]))
    for name, command in {
        "pip": f"{sys.executable} -m pip --python {home}/bin/python",
        "vinculo": f"{home}/bin/python -m vinculo",
    }.items():
        (home / "bin" / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (home / "bin" / name).chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VINCULO_", "PYTHON"))}
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return {
        **kept,
        **offline,
        "PATH": os.pathsep.join([str(home / "bin"), kept["PATH"]]),
        "LC_ALL": "C.UTF-8",
        "PYTEST_ADDOPTS": "--databases=sqlite",  # that a plugin works on both is seen elsewhere
    }


@pytest.mark.slow
def test_the_page_builds_a_plugin_that_works(environment, tmp_path):
    folder, said = tmp_path / "gifts", ""
    folder.mkdir()
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) > 15

    for mark, path, text in blocks:
        if path:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        elif mark == "run":
            said = type_in(text, environment, folder)
        else:
            assert [line for line in text.splitlines() if line not in said] == [], said

    assert (folder / "vinculo_gifts" / "migrations" / "0001_gifts.py").exists()
    assert list((folder / "dist").glob("vinculo_gifts-0.1.0-*.whl"))


def type_in(text, environment, folder):
    command = ["bash", "-euo", "pipefail"]
    options = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run(command, input=text, timeout=300, check=False, **options)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_no_code_stands_there_unrun():
    text = PAGE.read_text(encoding="utf-8")

    assert len(PYTHON.findall(text)) == len(
        [path for _mark, path, _text in BLOCK.findall(text) if path.endswith(".py")]
    )
