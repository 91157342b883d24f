"""What the README tells people to type works, in the order in which it stands there."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vinculo.cli import COMMANDS
from vinculo.settings import load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (run|serve|settings) -->\n```(?:sh|toml)\n(.*?)```", re.DOTALL)
ADDRESS = "127.0.0.1:8000"


def blocks(mark):
    return [text for found, text in BLOCK.findall(README) if found == mark]


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def environment(port):
    """An empty machine where ``vinculo`` is on the path, and port 8000 may be taken."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VINCULO_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return {**kept, "PATH": path, "VINCULO_SERVER__PORT": str(port)}


@pytest.mark.slow
def test_what_the_readme_tells_to_type_works(environment, port, tmp_path):
    if shutil.which("curl", path=environment["PATH"]) is None:
        pytest.skip("curl is not installed: apt-get install curl")
    (serve,) = blocks("serve")
    first, *others = blocks("run")
    said = type_in(first, environment, tmp_path)
    assert "ana can sign in now." in said

    server = subprocess.Popen(["bash", "-c", f"exec {serve}"], cwd=tmp_path, env=environment)
    try:
        wait_for(port)
        said = type_in("\n".join(others).replace(ADDRESS, f"127.0.0.1:{port}"), environment, tmp_path)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(30)

    assert "2 rows: 2 new" in said
    assert '"name":"Harbour Coffee"' in said.replace(": ", ":")
    assert (tmp_path / "brazil.xlsx").stat().st_size > 0


def type_in(text, environment, folder):
    done = subprocess.run(
        ["bash", "-euo", "pipefail"],
        input=text,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def wait_for(port, within=60):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server does not answer")


def test_the_settings_of_the_readme_are_settings(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.startswith("VINCULO_")]:
        monkeypatch.delenv(name)
    (text,) = blocks("settings")
    file = tmp_path / "vinculo.toml"
    file.write_text(text, encoding="utf-8")

    settings = load(file)

    assert settings.company.currency == "BRL"
    assert settings.server.workers == 4


@pytest.mark.parametrize("profile", sorted((ROOT / "config").glob("*.toml")), ids=lambda path: path.stem)
def test_the_profiles_are_settings(monkeypatch, profile):
    for name in [name for name in os.environ if name.startswith("VINCULO_")]:
        monkeypatch.delenv(name)

    assert load(profile).path == profile


@pytest.mark.parametrize("target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", README, re.MULTILINE))))
def test_make_knows_what_the_readme_names(target):
    command = ["make", "--dry-run", "--always-make", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_the_readme_names_every_command(command):
    assert f"`vinculo {command}`" in README


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "core/README.md", "docs/writing-a-plugin.md"]
)
def test_links_lead_to_files(page):
    file = ROOT / page
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", file.read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (file.parent / link).exists()] == []
