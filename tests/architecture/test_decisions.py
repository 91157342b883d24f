"""Each decision names the checks that enforce it, and these exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DECISIONS = sorted((ROOT / "core" / "decisions").glob("*.md"))
CHECK = re.compile(r"`((?:plugins/\w+/)?tests/[\w/]+\.py)(?:::(\w+))?`")


def test_decisions_are_numbered_without_gaps():
    assert [path.name[:5] for path in DECISIONS] == [f"{n:04}-" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_fits_on_a_page(decision):
    assert len(decision.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_its_checks_exist(decision):
    checks = CHECK.findall(decision.read_text(encoding="utf-8").partition("**Checks.**")[2])

    assert checks
    for file, test in checks:
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {test}(" in text if test else "def test_" in text
