"""What the tests of the languages share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted([ROOT / "core" / "vinculo", *ROOT.glob("plugins/*/vinculo_*")])


@pytest.fixture(params=PACKAGES, ids=lambda path: path.name)
def package(request: pytest.FixtureRequest) -> Path:
    """The folder of each package that has texts."""
    return request.param


@pytest.fixture
def plugins_on() -> Sequence[str]:
    """Pages are read with the plugins on."""
    return ("interactions",)
