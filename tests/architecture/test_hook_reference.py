"""The hook reference says what the hookspecs say, completely."""

import inspect
from pathlib import Path

import pytest

from vinculo.app import KERNEL
from vinculo.plugins import contributions, hookspecs, listening, workspecs
from vinculo.testing.hookdocs import EXAMPLE, reference

PAGE = Path(__file__).parents[2] / "core" / "HOOKS.md"
HOOKS = {
    name: function
    for module in (hookspecs, workspecs)
    for name, function in vars(module).items()
    if hasattr(function, "vinculo_spec")
}


def test_the_page_is_current():
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "type: .venv/bin/python -m vinculo.testing.hookdocs > core/HOOKS.md"
    )


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_says_when_it_is_called_and_shows_how(name):
    prose, _, example = inspect.getdoc(HOOKS[name]).partition(EXAMPLE)

    assert len(prose.split("\n\n")) > 1, "a summary, then what becomes of the result"
    assert "@hookimpl" in example
    assert f"def {name}(" in example


@pytest.mark.parametrize("name", HOOKS)
def test_an_example_takes_what_the_hook_gives(name):
    arguments = ", ".join(inspect.signature(HOOKS[name]).parameters)

    assert f"def {name}({arguments}):" in inspect.getdoc(HOOKS[name])


def test_the_kernel_uses_its_own_hooks():
    used = {
        name
        for module in KERNEL.values()
        for name, function in vars(module).items()
        if hasattr(function, "vinculo_impl")
    }

    assert used <= HOOKS.keys()
    assert {"record_kinds", "routers", "menu_items", "permissions", "panels", "demo_files"} <= used


def test_what_hooks_return_is_frozen():
    returned = [
        c
        for module in (contributions, listening)
        for c in vars(module).values()
        if hasattr(c, "__dataclass_fields__")
    ]

    assert len(returned) > 5
    assert [c.__name__ for c in returned if not c.__dataclass_params__.frozen] == []
