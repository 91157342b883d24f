"""``vinculo plugins new`` writes a plugin that works, or says what is wrong and writes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from vinculo.cli import main
from vinculo.testing import packages

MOST_LINES = 60
KERNEL = Path(__file__).parents[2] / "core"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.upper().startswith(("VINCULO_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def new():
    """Type the command."""
    return lambda *words: CliRunner().invoke(main, ["plugins", "new", *words], prog_name="vinculo")


def run(*command, cwd, **variables):
    environment = {**os.environ, **variables}
    words = [sys.executable, "-m", *command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.slow
@pytest.mark.databases("sqlite")
def test_it_passes_its_own_tests_at_once(new, database_kind, tmp_path):
    done = new("bonus", "--label", "Bonus card")
    assert done.exit_code == 0, done.output
    assert "bonus/vinculo_bonus/plugin.py" in done.output.splitlines()
    packages.install(tmp_path / "bonus", tmp_path / "site")

    said = run(
        "pytest",
        "-q",
        f"--databases={database_kind}",
        cwd=tmp_path / "bonus",
        PYTHONPATH=str(tmp_path / "site"),
    )

    assert "passed" in said
    assert "skipped" not in said
    assert list((tmp_path / "site").glob("vinculo_bonus-0.1.0.dist-info"))  # the version of the manifest


@pytest.mark.parametrize(
    "words", [("loyalty", "--label", "Loyalty card"), ("gifts",), ("key", "--plural", "Keys")]
)
def test_it_is_short_and_clean(new, words, tmp_path):
    assert new(*words, "--into", "made").exit_code == 0
    made = tmp_path / "made"
    package = made / f"vinculo_{words[0]}"

    lines = [line for path in package.glob("*.py") for line in path.read_text().splitlines() if line.strip()]
    assert len(lines) <= MOST_LINES
    for options in ((), ("--isolated", "--select", "E4,E7,E9,F,I")):  # its own configuration, and ruff's
        run("ruff", "check", "--no-cache", *options, ".", cwd=made)
    run("ruff", "format", "--no-cache", "--check", ".", cwd=made)
    run("mypy", "--cache-dir", str(tmp_path / "mypy"), package.name, cwd=made, MYPYPATH=str(KERNEL))


@pytest.mark.parametrize(
    ("name", "label", "plural", "said"),
    [
        ("gifts", "Gift", "Gifts", ('name="gift"', 'plural="gifts"', '"gifts_gift"', "class Gift(Record)")),
        ("loyalty", "", "", ('name="loyalty"', 'plural="loyalties"', '"loyalty_loyalty"')),
        ("box", "Big box", "", ('name="big_box"', 'plural="big-boxes"', '"box_big_box"', "class BigBox")),
        ("loyalty", "Loyalty card", "Cards", ('"loyalty_card"', 'plural="cards"', '_l("Cards")')),
    ],
)
def test_things_are_called_as_one_would(new, tmp_path, name, label, plural, said):
    options = [*(("--label", label) if label else ()), *(("--plural", plural) if plural else ())]
    done = new(name, *options)
    assert done.exit_code == 0, done.output

    written = "".join(path.read_text() for path in (tmp_path / name).rglob("*.py"))
    assert [text for text in said if text not in written] == []


WRONG = [
    (["Loyalty"], "NAME “Loyalty” must be one word"),
    (["x"], "NAME “x” must be one word"),
    (["../up"], "must be one word"),
    (["class"], "NAME “class” is a word or a module of Python"),
    (["json"], "NAME “json” is a word or a module of Python"),
    (["interactions"], "NAME “interactions” is that of a plugin"),
    (["clients"], "NAME “clients” is that of a plugin or of tables"),
    (["sqlite"], "NAME “sqlite” is that of a plugin or of tables"),
    (["vinculo"], "NAME “vinculo” is that of a plugin or of tables"),
    (["gifts", "--label", "Client"], "--label “Client”: there is a kind of record of that name"),
    (["gifts", "--label", "Record"], "--label “Record” is a word of Python or Vinculo"),
    (["gifts", "--label", "Import"], "--label “Import” is a word of Python or Vinculo"),
    (["gifts", "--label", "Подарок"], "--label “Подарок” must be English words"),
    (["gifts", "--label", 'Gift")'], "must be English words"),
    (["gifts", "--label", "Gift" * 10], "is too long: its table would be gifts_"),
    (["gifts", "--plural", "Search"], "--plural “Search”: the address /search is taken"),
    (["gifts", "--into", "there"], "there is there already; name another folder with --into"),
    (["gifts", "--into", "file/within"], "file/within cannot be written"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "said"), WRONG, ids=lambda value: " ".join(value)[:40])
def test_what_does_not_fit_is_said_and_nothing_is_written(new, tmp_path, words, said):
    (tmp_path / "there").mkdir()
    (tmp_path / "file").write_text("")

    done = new(*words)

    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "there"]
