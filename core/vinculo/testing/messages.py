"""Message catalogues: the texts of a package, collected from its code, commands and templates.

``python -m vinculo.testing.messages plugins/deals/vinculo_deals`` brings those of a plugin up to date;
``faults`` is for the test that finds what is left to translate.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.pofile import read_po, write_po

from vinculo import __version__
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
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[a-z]|%%|\{\w+(?:!r)?\}")
KERNEL: Final = "vinculo"
Found = tuple[int, str, Any, list[str]]


def collect(package: Path) -> Catalog:
    """The texts of a package's folder, as a catalogue without translations."""
    catalogue = Catalog()
    methods: list[tuple[str, str | Callable[..., Iterable[Any]]]] = [
        ("**/templates/**.html", "jinja2"),
        ("**.py", _extract_code),
    ]
    options = {"**/templates/**.html": {"trimmed": "true", "silent": "false", "encoding": "utf-8"}}
    found = extract_from_dir(package, methods, options, KEYWORDS)  # type: ignore[arg-type]
    for file, _line, text, _comments, context in [*found, *(_of_click() if package.name == KERNEL else ())]:
        catalogue.add(text, locations=[(file, 0)], context=context)
    return catalogue


def _of_click() -> Iterator[tuple[str, int, Any, list[str], str | None]]:
    """What click says to people: it looks its texts up in the kernel's catalogues."""
    folder = Path(click.__file__).parent
    for file, *found in extract_from_dir(folder, [("**.py", "python")], {}, KEYWORDS):
        yield f"click/{file}", *found  # type: ignore[misc]


def bring_up_to_date(package: Path) -> list[Path]:
    """Write new texts into the package's catalogues and drop those that are gone; the files that changed."""
    template = collect(package)
    return [path for language in LANGUAGES if (path := _update(package, language, template)) is not None]


def catalogue_path(package: Path, language: str) -> Path:
    """Where the catalogue of a language lies."""
    return package / "locale" / language / "LC_MESSAGES" / "messages.po"


def faults(package: Path, *, alike: Collection[str] = ()) -> Iterator[str]:
    """What is wrong with the catalogues of a package, a line each: nothing, when all is translated.

    ``alike`` are texts that may read in another language as they do in English, such as “CSV”.
    """
    template = collect(package)
    for language in LANGUAGES:
        if language == DEFAULT_LANGUAGE or not template:
            continue
        path = catalogue_path(package, language)
        if not path.exists():
            yield f"{path} is not there: run make messages"
            continue
        yield from (f"{path}: {fault}" for fault in _faults(read(path), template, alike))


def read(path: Path) -> Catalog:
    """A catalogue, from its file in a folder named after its language."""
    return read_po(io.BytesIO(path.read_bytes()), locale=path.parent.parent.name, abort_invalid=True)


def _faults(catalogue: Catalog, template: Catalog, alike: Collection[str]) -> Iterator[str]:
    for message in template:
        found = catalogue.get(message.id, message.context)
        if not message.id:
            continue
        if found is None:
            yield f"“{_forms(message.id)[0]}” is missing: run make messages"
        else:
            yield from (f"“{_forms(message.id)[0]}” {fault}" for fault in _wrong(found, catalogue, alike))
    wanted = {_forms(message.id)[0] for message in template}
    for message in [*catalogue, *catalogue.obsolete.values()]:
        if _forms(message.id)[0] not in wanted:
            yield f"“{_forms(message.id)[0]}” is no longer used: run make messages"


def _wrong(message: Message, catalogue: Catalog, alike: Collection[str]) -> Iterator[str]:
    """What is wrong with one translation."""
    source, forms = _forms(message.id), _forms(message.string)
    if not all(forms) or len(forms) != (catalogue.num_plurals if message.pluralizable else 1):
        yield "is not translated in all its forms"
        return
    if message.fuzzy:
        yield "is marked fuzzy: read it and take the mark away"
    if source[0] == forms[0] and source[0] not in alike and _has_words(source[0]):
        yield "reads as in English"
    for number, form in enumerate(forms):
        meant = source if number == 0 else source[-1:]  # “one” may say it without the number, as in English
        if _placeholders(form) not in map(_placeholders, meant):
            yield f"has other placeholders in “{form}”"
        if _edges(form) != _edges(source[-1]):
            yield f"begins or ends with other spaces in “{form}”"


def _forms(text: str | Sequence[str] | None) -> Sequence[str]:
    return (text or "",) if text is None or isinstance(text, str) else text


def _has_words(text: str) -> bool:
    return any(map(str.isalpha, PLACEHOLDER.sub("", text)))


def _placeholders(text: str) -> Counter[str]:
    return Counter(PLACEHOLDER.findall(text))


def _edges(text: str) -> tuple[str, str]:
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


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
    now = datetime.now(UTC)
    catalogue = Catalog(
        locale=language,
        header_comment=f"# Texts of Vinculo: {LANGUAGES[language]}.",
        project="Vinculo",
        version=__version__,
        creation_date=now,
        revision_date=now,
        last_translator="The Vinculo developers",
        language_team=LANGUAGES[language],
        fuzzy=False,
    )
    catalogue.msgid_bugs_address = ""  # Babel replaces an empty one by a made-up one, but only above
    return catalogue


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
