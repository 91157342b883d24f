"""A stranger installs what was committed into an environment of its own, and serves from there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import time
import venv
import zipfile
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def run(*command, cwd):
    done = subprocess.run(
        command, cwd=cwd, env=clean_environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(("VINCULO_", "PYTHON"))}


@pytest.fixture(scope="module")
def clean_tree(tmp_path_factory):
    """A copy of the files under version control, and of nothing else."""
    if not (ROOT / ".git").exists():
        pytest.fail("these tests build from what git tracks: run them in a clone")
    tree = tmp_path_factory.mktemp("tree")
    for name in filter(None, run("git", "-c", "safe.directory=*", "ls-files", "-z", cwd=ROOT).split("\0")):
        target = tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    return tree


@pytest.fixture(scope="module")
def sdist(clean_tree):
    return build(clean_tree, "sdist", "*.tar.gz")


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Built from the unpacked source distribution, as installers do."""
    folder = tmp_path_factory.mktemp("sdist")
    shutil.unpack_archive(sdist, folder)
    (unpacked,) = folder.iterdir()
    return build(unpacked, "wheel", "*.whl")


def build(tree, target, pattern):
    run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "dist", cwd=tree)
    (built,) = (tree / "dist").glob(pattern)
    return built


@pytest.fixture(scope="module")
def programs(wheel, tmp_path_factory):
    """The folder of programs of a fresh environment that has the wheel and what it depends on."""
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False, symlinks=True)
    installer = (sys.executable, "-m", "pip", "--python", home / "bin" / "python")
    run(*installer, "install", "-q", "--no-deps", "--no-index", wheel, cwd=home)
    # The dependencies are borrowed. Of this checkout nothing shows: a .pth within a .pth is not followed.
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return home / "bin"


@pytest.mark.parametrize(
    "pattern",
    [
        r"vinculo/py\.typed",
        r"vinculo/db/script\.py\.mako",
        r"vinculo/migrations/0001_.*\.py",
        r"vinculo/cli/scaffold/files/plugin\.py\.tmpl",
        r"vinculo/cli/scaffold/files/pyproject\.toml\.tmpl",
        r"vinculo/web/templates/base\.html",
        r"vinculo/web/static/vinculo\.css",
        r"vinculo/web/static/vendor/htmx\.min\.js",
        r"vinculo/web/static/vendor/htmx\.LICENSE\.txt",
        *(
            rf"{package}/locale/{language}/LC_MESSAGES/messages\.{suffix}"
            for package in ("vinculo", "vinculo_interactions")
            for language in ("pt_BR", "ru")
            for suffix in ("po", "mo")
        ),
        r"vinculo_interactions/py\.typed",
        r"vinculo_interactions/plugin\.py",
        r"vinculo_interactions/migrations/0001_.*\.py",
        r"vinculo_interactions/templates/interactions/.*\.html",
        r"vinculo-.*\.dist-info/licenses/LICENSE",
    ],
)
def test_the_wheel_holds(wheel, pattern):
    assert [name for name in zipfile.ZipFile(wheel).namelist() if re.fullmatch(pattern, name)]


def test_the_wheel_holds_no_tests_and_nothing_but_the_packages(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    strays = [name for name in names if re.search(r"(^|/)(tests/|conftest|test_|README)", name)]
    assert strays == []
    ours = {path.name for path in (ROOT / "plugins").glob("*/vinculo_*")}
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"vinculo", *ours}


def test_it_serves_from_a_fresh_environment(programs, tmp_path):
    where = run(programs / "python", "-c", "import vinculo; print(vinculo.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(programs.parent)

    assert run(programs / "vinculo", "--version", cwd=tmp_path).startswith("vinculo 0.")
    run(programs / "vinculo", "db", "upgrade", cwd=tmp_path)
    run(programs / "vinculo", "plugins", "on", "interactions", cwd=tmp_path)
    port = free_port()
    command = [programs / "vinculo", "serve", "--port", str(port)]
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment(), stderr=subprocess.PIPE) as server:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", follow_redirects=True) as browser:
                assert ready(browser, server).status_code == 200
                page = browser.get("/sign-in", headers={"Accept-Language": "ru"})
                assert page.status_code == 200
                assert '<html lang="ru"' in page.text
                assert re.search(r"[\u0400-\u04ff]{4}", page.text)
                (style,) = re.findall(r'href="(/static/vinculo\.css[^"]*)"', page.text)
                assert browser.get(style).status_code == 200
        finally:
            server.send_signal(signal.SIGINT)
            said = server.communicate(timeout=30)[1]
    assert b"Traceback" not in said


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ready(browser, server, within=60):
    deadline = time.monotonic() + within
    while server.poll() is None and time.monotonic() < deadline:
        try:
            return browser.get("/health/ready")
        except httpx.TransportError:
            time.sleep(0.1)
    server.kill()
    raise AssertionError(server.communicate())
