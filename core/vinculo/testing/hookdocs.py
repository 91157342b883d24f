"""The hook reference, written from the hookspecs themselves: ``python -m vinculo.testing.hookdocs``."""

from __future__ import annotations

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from types import ModuleType

from vinculo.plugins import hookspecs, workspecs

EXAMPLE = "Example::"
NOTICE = "<!-- Written by `python -m vinculo.testing.hookdocs`; change the docstrings, not this page. -->"


def reference(*modules: ModuleType) -> str:
    """The Markdown page about all hooks, or those of modules, in the order of the source."""
    trees = [ast.parse(inspect.getsource(one)) for one in modules or (hookspecs, workspecs)]
    introduction = _prose(ast.get_docstring(trees[0]) or "")
    hooks = [hook for tree in trees for hook in _hooks(tree)]
    contents = "\n".join(f"- [`{hook.name}`](#{hook.name})" for hook in hooks)
    return "\n\n".join(["# Hooks", NOTICE, introduction, contents, *map(_section, hooks)]) + "\n"


def _hooks(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any(
            ast.unparse(decorator).startswith("hookspec") for decorator in node.decorator_list
        ):
            yield node


def _section(hook: ast.FunctionDef) -> str:
    prose, _, example = (ast.get_docstring(hook) or "").partition(EXAMPLE)
    returns = f" -> {ast.unparse(hook.returns)}" if hook.returns else ""
    signature = f"{hook.name}({ast.unparse(hook.args)}){returns}"
    parts = [f"## {hook.name}", _code(signature), _prose(prose)]
    if example.strip():
        parts.append(_code(textwrap.dedent(example.strip("\n")).strip()))
    return "\n\n".join(parts)


def _prose(text: str) -> str:
    return text.strip().replace("``", "`")


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


if __name__ == "__main__":
    sys.stdout.write(reference())
