"""No text that people read is left out of gettext."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment

from vinculo import errors

LABELS = {"caption", "help", "label", "label_plural", "new_label", "empty_text", "summary", "placeholder"}
FAILURES = {
    name for name, value in vars(errors).items() if isinstance(value, type) and name.endswith("Error")
}
WORD = re.compile(r"[A-Za-z]{2,}")
SAME_EVERYWHERE = {"Vinculo", "Ctrl", "Enter", "Esc"}

# The description of the API stays in English: see vinculo.records.openapi.
OF_THE_API = {"operation", "_operation"}


def unmarked_in_code(source: str) -> Iterator[str]:
    """Labels and messages of errors that are plain strings."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        given = [word.value for word in node.keywords if word.arg in LABELS and called not in OF_THE_API]
        given += node.args[1:2] if called == "FieldError" else node.args[:1] if called in FAILURES else []
        yield from (text for value in given if WORD.search(text := _plain(value)))


def _plain(value: ast.expr) -> str:
    """What of an expression stands there in plain letters."""
    if isinstance(value, ast.JoinedStr):
        return "".join(map(_plain, value.values))
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def unmarked_in_template(source: str) -> Iterator[str]:
    """Text, and attributes that are read out, outside of expressions."""
    text = "".join(
        token if kind == "data" else "\0"
        for _line, kind, token in Environment(autoescape=True).lex(source)
        if kind in {"data", "variable_begin", "block_begin"}
    )
    text = re.sub(r"<(script|style)\b.*?</\1>", "\0", text, flags=re.DOTALL)
    found = re.findall(r'(?:aria-label|title|placeholder|alt)="([^"\0]+)"', text)
    found += [part for part in re.split(r"<[^>]*>|\0", text) if "=" not in part]
    yield from (part.strip() for part in found if WORD.search(part) and part.strip() not in SAME_EVERYWHERE)


def test_no_label_and_no_error_in_code_is_plain_english(package: Path):
    sources = [path for path in package.rglob("*.py") if path.parent.name != "testing"]
    found = {path.name: [*unmarked_in_code(path.read_text())] for path in sources}

    assert {name: texts for name, texts in found.items() if texts} == {}


def test_no_template_holds_plain_english(package: Path):
    found = {
        path.name: [text for text in unmarked_in_template(path.read_text()) if " " in text or text.istitle()]
        for path in package.rglob("templates/**/*.html")
    }

    assert found or not (package / "templates").exists()
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.parametrize(
    "source",
    [
        'TextField(name="a", label="Client")',
        'raise NotFoundError("There is nothing here.")',
        'raise NotFoundError(f"There is no {kind} {id}.")',
    ],
)
def test_the_check_finds_plain_english_in_code(source: str):
    assert [*unmarked_in_code(source)]


@pytest.mark.parametrize(
    "source", ["<p>Add client</p>", '<a title="Close">{{ x }}</a>', "{{ x }} <b>Close</b>"]
)
def test_the_check_finds_plain_english_in_templates(source: str):
    assert [*unmarked_in_template(source)]


def test_the_checks_let_marked_texts_pass():
    assert [*unmarked_in_code('TextField(name="a", label=_l("Client")); NotFoundError(_("Nothing."))')] == []
    assert [*unmarked_in_template('<p title="{{ _("Close") }}">{{ _("Add client") }} · 3</p>')] == []
