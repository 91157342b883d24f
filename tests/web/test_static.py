"""Icons that code and templates name are in the sprite; vendored files are the published ones."""

import ast
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

WEB = Path(__file__).parents[2] / "core" / "vinculo" / "web"
STATIC = WEB / "static"
ICON_POSITIONS = {
    "Action": 2,
    "MenuItem": 2,
    "MenuLink": 2,
    "SearchGroup": 1,
    "TimelineEntry": 3,
    "Moment": 3,
}


def constants(node: ast.AST | None) -> Iterator[str]:
    """Every text in an expression, e.g. both of ``"phone" if in_ else "mail"``."""
    for part in ast.walk(node) if node else ():
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
            yield part.value


def icons_of_code(tree: ast.AST) -> Iterator[str]:
    """Icons that kinds, menu entries, actions and moments name, and the values of tables called ICONS."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from (name for k in node.keywords if k.arg == "icon" for name in constants(k.value))
            position = ICON_POSITIONS.get(getattr(node.func, "id", ""), len(node.args))
            for argument in node.args[position : position + 1]:
                yield from constants(argument)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(getattr(target, "id", "") == "ICONS" for target in targets):
                for value in node.value.values if isinstance(node.value, ast.Dict) else ():
                    yield from constants(value)


def test_icons_named_anywhere_are_in_the_sprite() -> None:
    root = WEB.parents[2]
    sources = [path for top in ("core", "plugins") for path in (root / top).rglob("*.py")]
    pages = [path for top in ("core", "plugins") for path in (root / top).rglob("templates/**/*.html")]
    named = {
        (icon, path.name)
        for path in sources
        if not {"tests", "testing"} & set(path.parts)
        for icon in icons_of_code(ast.parse(path.read_text()))
    }
    named |= {
        (icon, path.name) for path in pages for icon in re.findall(r'icon\("([^"]+)"', path.read_text())
    }
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    assert {"book", "phone-incoming", "users", "upload", "x"} <= {icon for icon, _ in named}
    assert {(icon, where) for icon, where in named if icon not in sprite} == set()


def test_vendored_files_are_the_published_ones() -> None:
    listed = json.loads((STATIC / "vendor" / "VENDORED.json").read_text())
    for entry in listed:
        assert hashlib.sha256((STATIC / entry["file"]).read_bytes()).hexdigest() == entry["sha256"], entry
        assert (STATIC / entry["licence_file"]).is_file()
    vendored = {path.name for path in (STATIC / "vendor").iterdir() if path.suffix in {".js", ".woff2"}}
    assert vendored == {Path(entry["file"]).name for entry in listed} - {"icons.svg"}
