"""Compiles the message catalogues when the package is built or installed for editing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def compile_catalogues(root: Path) -> list[Path]:
    """Write a .mo beside each .po below core/ and plugins/; return what was written.

    Raises ``ValueError`` for a translation whose placeholders are not those of the text.
    """
    written = []
    for source in sorted([*root.glob("core/**/*.po"), *root.glob("plugins/**/*.po")]):
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
        for message, errors in catalogue.check():
            raise ValueError(f"{source}, “{message.id}”: {errors[0]}")
        target = source.with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, catalogue)
        written.append(target)
    return written


class CatalogueHook(BuildHookInterface[Any]):
    """The hook that hatchling runs for sdist, wheel and editable builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the files are collected."""
        compile_catalogues(Path(self.root))


if __name__ == "__main__":
    compile_catalogues(Path(__file__).parent)
