"""``make audit`` fails for a known weakness; where no service can be asked it says that nothing was done."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / ".ci" / "audit.py"
SOUND = {"name": "click", "version": "8.1", "vulns": []}
WEAK = {"name": "jinja2", "version": "1.0", "vulns": [{"id": "CVE-1", "fix_versions": ["3.1"]}]}
UNKNOWN = {"name": "uvicorn", "skip_reason": "not found"}


@pytest.fixture
def audit(monkeypatch):
    """Run the script; each service answers as said."""
    spec = importlib.util.spec_from_file_location("audit", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    def audit(**services):
        monkeypatch.setattr(script, "ask", lambda service, _lock: services[service])
        return script.main("requirements.lock")

    return audit


def test_without_weaknesses_all_is_well(audit, capsys):
    assert audit(pypi=[SOUND]) == 0
    assert "1 packages audited, 0 weaknesses" in capsys.readouterr().out


def test_a_weakness_fails_and_says_what_mends_it(audit, capsys):
    assert audit(pypi=[SOUND, WEAK]) == 1
    assert "jinja2 1.0: CVE-1, mended in 3.1" in capsys.readouterr().out


@pytest.mark.parametrize("answer", [[], [UNKNOWN]])
def test_where_no_service_can_be_asked_that_is_said(audit, capsys, answer):
    assert audit(pypi=answer) == 0
    assert "NOT AUDITED" in capsys.readouterr().out


def test_what_was_looked_at_in_part_is_no_success(audit, capsys):
    assert audit(pypi=[SOUND, UNKNOWN]) == 1
    assert "Nothing is known of: uvicorn" in capsys.readouterr().out
