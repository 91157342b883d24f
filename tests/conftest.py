"""What all tests share: real files; in CI the properties are tried with the same values each time."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):  # so that only a change breaks a build
    settings.load_profile("ci")
REAL = next(
    (found for above in Path(__file__).parents if (found := above / "shared" / "data").is_dir()), Path("none")
)


@pytest.fixture
def real_file() -> Callable[[str], Path]:
    """A file that nobody here wrote."""

    def find(name: str) -> Path:
        if not REAL.is_dir():
            pytest.skip("the real files are not here")
        return REAL / name

    return find
