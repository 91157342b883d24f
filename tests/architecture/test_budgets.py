"""Files and functions stay small enough to be read; transactions are ended in few places."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = [
    path
    for folder in ("core", "plugins")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if not {"migrations", "tests"} & set(path.relative_to(ROOT).parts)
]
TESTS = [*sorted((ROOT / "tests").rglob("*.py")), *sorted(ROOT.glob("plugins/*/tests/**/*.py"))]
MAX_FILE = 400
MAX_FUNCTION = 40
MAX_WIRING = 100
COMMITS = {
    "core/vinculo/db/engine.py": "Database.write(): the one place that ends a transaction of a session",
    "core/vinculo/db/locking.py": "a driver's connection that holds the lock of migrations, not a session",
}
VAGUE_NAMES = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py"}


def name(path):
    return path.relative_to(ROOT).as_posix()


def read(path):
    return path.read_text(encoding="utf-8")


def functions(path):
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_there_is_code_to_look_at():
    assert len(CODE) > 100


def test_files_are_short():
    long = {name(path): lines for path in [*CODE, *TESTS] if (lines := read(path).count("\n")) > MAX_FILE}

    assert long == {}, f"more than {MAX_FILE} lines: split by concept"


def test_functions_are_short():
    long = {
        f"{name(path)}:{function.name}": lines
        for path in CODE
        for function in functions(path)
        if (lines := function.end_lineno - function.lineno + 1) > MAX_FUNCTION
    }

    assert long == {}, f"more than {MAX_FUNCTION} lines: split by step"


def test_most_functions_are_very_short():
    lengths = sorted(f.end_lineno - f.lineno + 1 for path in CODE for f in functions(path))

    assert lengths[len(lengths) // 2] <= 10
    assert lengths[len(lengths) * 9 // 10] <= 25


def test_a_file_that_wires_a_plugin_is_one_screen():
    wiring = [path for path in CODE if path.name == "plugin.py"]

    assert len(wiring) > 3
    assert {name(path) for path in wiring if read(path).count("\n") > MAX_WIRING} == set()


def test_imports_within_functions_give_their_reason():
    allowed = re.compile(r"noqa: PLC0415 -- \S")
    unexplained = []
    for path in CODE:
        text = read(path)
        if re.search(r"^# ruff: noqa: PLC0415 -- \S", text, re.MULTILINE):
            continue
        lines = text.splitlines()
        unexplained += [
            f"{name(path)}:{node.lineno}"
            for function in functions(path)
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom) and not allowed.search(lines[node.lineno - 1])
        ]

    assert sorted(set(unexplained)) == []


def test_transactions_end_at_the_edge():
    found = {
        name(path)
        for path in CODE
        for node in ast.walk(ast.parse(read(path)))
        if isinstance(node, ast.Attribute) and node.attr == "commit"
    }

    assert found == COMMITS.keys()


def test_files_are_named_for_what_they_hold():
    assert [name(path) for path in CODE if path.name in VAGUE_NAMES] == []
