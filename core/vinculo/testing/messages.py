"""Message catalogues: the texts of a package, collected from its code, commands and templates.

``python -m vinculo.testing.messages plugins/deals/vinculo_deals`` brings those of a plugin up to date.
"""

from __future__ import annotations

import ast
import io
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.pofile import read_po, write_po

from vinculo.i18n import DEFAULT_LANGUAGE, LANGUAGES

KEYWORDS: Final[Mapping[str, tuple[int, ...] | None]] = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "mark": None,
    "N_": None,
    "ngettext": (1, 2),
}
Found = tuple[int, str, Any, list[str]]


def collect(package: Path) -> Catalog:
    """The texts of a package's folder, as a catalogue without translations."""
    catalogue = Catalog(project="Vinculo", charset="utf-8", fuzzy=False, header_comment="# Texts of Vinculo.")
    methods: list[tuple[str, str | Callable[..., Iterable[Any]]]] = [
        ("**/templates/**.html", "jinja2"),
        ("**.py", _extract_code),
    ]
    options = {"**/templates/**.html": {"trimmed": "true", "silent": "false", "encoding": "utf-8"}}
    found = extract_from_dir(package, methods, options, KEYWORDS)  # type: ignore[arg-type]
    for file, _line, text, _comments, context in found:
        catalogue.add(text, locations=[(file, 0)], context=context)
    return catalogue


def bring_up_to_date(package: Path) -> list[Path]:
    """Write new texts into the package's catalogues and drop those that are gone; the files that changed."""
    template = collect(package)
    return [path for language in LANGUAGES if (path := _update(package, language, template)) is not None]


def catalogue_path(package: Path, language: str) -> Path:
    """Where the catalogue of a language lies."""
    return package / "locale" / language / "LC_MESSAGES" / "messages.po"


def _update(package: Path, language: str, template: Catalog) -> Path | None:
    path = catalogue_path(package, language)
    if language == DEFAULT_LANGUAGE or not template:
        return None
    before = path.read_bytes() if path.exists() else b""
    catalogue = read_po(io.BytesIO(before), locale=language) if before else _new(language)
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, ignore_obsolete=True, sort_output=True, include_lineno=False)
    if buffer.getvalue() == before:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(buffer.getvalue())
    return path


def _new(language: str) -> Catalog:
    return Catalog(locale=language, project="Vinculo", charset="utf-8", fuzzy=False,
                   header_comment=f"# Texts of Vinculo: {LANGUAGES[language]}.")  # fmt: skip


def _extract_code(
    file: Any, keywords: Mapping[str, Any], comment_tags: Any, options: dict[str, Any]
) -> Iterator[Found]:
    """What is wrapped in a function of ``KEYWORDS``, and the help of commands, which stands in docstrings."""
    yield from extract_python(file, keywords, comment_tags, options)  # type: ignore[arg-type, misc]
    file.seek(0)
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.FunctionDef) and any(map(_makes_command, node.decorator_list)):
            text = ast.get_docstring(node)
            if text:
                yield node.lineno, "_", text, []


def _makes_command(decorator: ast.expr) -> bool:
    """Whether it is ``@click.command()``, ``@click.group()`` or those of a group."""
    if not isinstance(decorator, ast.Call) or not isinstance(decorator.func, ast.Attribute):
        return False
    return decorator.func.attr in ("command", "group")


if __name__ == "__main__":
    for folder in sys.argv[1:]:
        for changed in bring_up_to_date(Path(folder)):
            sys.stdout.write(f"{changed}\n")
