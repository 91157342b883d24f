"""The locks are complete, agree with pyproject.toml and name no index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {"requirements.lock": ["build"], "requirements-dev.lock": ["build", "dev"]}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(lock):
    return (ROOT / lock).read_text(encoding="utf-8")


def pins(lock):
    """Version by name."""
    found = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", read(lock), re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index(lock):
    assert re.findall(r".*(?:://|--(?:extra-)?index|--find-links).*", read(lock)) == []


@pytest.mark.parametrize(("lock", "extras"), LOCKS.items())
def test_a_lock_holds_what_the_project_asks_for(lock, extras):
    locked = pins(lock)
    wanted = [*PROJECT["dependencies"]]
    for extra in extras:
        wanted += PROJECT["optional-dependencies"][extra]

    missing = []
    for text in wanted:
        requirement = Requirement(text)
        version = locked.get(canonicalize_name(requirement.name))
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(f"{text}, locked is {version}")

    assert missing == [], 'pyproject.toml has changed: type "make lock"'


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash(lock):
    entries = re.split(r"\n(?=\S)", read(lock).strip())

    assert [entry.partition(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_run_with_the_versions_that_users_get():
    tested = pins("requirements-dev.lock")

    assert {name: tested.get(name) for name in pins("requirements.lock")} == pins("requirements.lock")
