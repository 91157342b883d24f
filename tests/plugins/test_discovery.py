"""Plugins of strangers: whatever is wrong with one is said in one line that names it."""

from __future__ import annotations

import sys

import pytest

from vinculo.actor import Source, system
from vinculo.app import KERNEL
from vinculo.errors import ConfigError, ConflictError, NotFoundError
from vinculo.plugins import discovery, switch
from vinculo.plugins.models import PluginState, State
from vinculo.plugins.registry import gather

ADMIN = system(Source.CLI)


def start(*names, tables=None):
    """What a start does with the plugins that are on."""
    return gather(KERNEL, discovery.in_order(discovery.installed(), names), tables or {})


def fault_of(*names, tables=None):
    with pytest.raises(ConfigError) as refusal:
        start(*names, tables=tables)
    assert "\n" not in refusal.value.message.strip()
    return refusal.value.message


GOOD = """
    from pydantic import BaseModel
    from vinculo.plugins.contributions import MenuItem, Panel, Permission, PanelContent

    class Settings(BaseModel):
        rate: int = 3

    @hookimpl
    def settings_model():
        return Settings

    @hookimpl
    def permissions():
        yield Permission("good.see", "See")

    @hookimpl
    def menu_items():
        yield MenuItem("Good", "/good", "box", "good.see")
"""


def test_a_sound_plugin_adds_what_it_says(install):
    install("good", GOOD)

    assert "good" not in start().plugins  # installed is not on
    assert "acme_good.plugin" not in sys.modules  # and what is off is not imported
    registry = start("good", tables={"good": {"rate": 7}})
    assert registry.settings["good"].rate == 7
    assert "good.see" in registry.permissions
    assert "Good" in [str(item.label) for item in registry.menu]


SECOND_KIND = """
    from vinculo.clients.records import client
    @hookimpl
    def record_kinds():
        yield client
"""
SECOND_RIGHT = """
    from vinculo.plugins.contributions import Permission
    @hookimpl
    def permissions():
        yield Permission("clients.client.read", "x")
"""
FAULTS = {
    "wrongname": ("@hookimpl\ndef menu_itemz():\n    return ()", "menu_itemz"),
    "wrongargument": ("@hookimpl\ndef menu_items(app):\n    return ()", "app"),
    "noimport": ("import a_module_that_is_not_there", "a_module_that_is_not_there"),
    "syntax": ("def broken(:", "SyntaxError"),
    "raises": ("@hookimpl\ndef routers():\n    raise ValueError('no router today')", "no router today"),
    "raiseslater": ("@hookimpl\ndef panels():\n    yield 1 / 0", "ZeroDivisionError"),
    "wrongtype": ("@hookimpl\ndef menu_items():\n    yield 'Deals'", "'Deals' is no MenuItem"),
    "wrongpanel": ("@hookimpl\ndef panels():\n    yield None", "None is no Panel"),
    "noiterable": ("@hookimpl\ndef permissions():\n    return 5", "permissions"),
    "secondkind": (SECOND_KIND, "“client”"),
    "secondright": (SECOND_RIGHT, "“clients.client.read”"),
    "settingsfail": ("@hookimpl\ndef settings_model():\n    raise OSError('no disk')", "no disk"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_line_that_names_plugin_and_fault(install, name):
    hooks, said = FAULTS[name]
    install(name, hooks)

    message = fault_of(name)
    assert name in message
    assert said in message


def test_wrong_settings_name_the_key(install):
    install("good", GOOD)

    assert "good.rate" in fault_of("good", tables={"good": {"rate": "many"}})


def test_requirements_are_kept_in_order_and_told(install):
    install("alpha", requires=["beta"], optional=["gamma", "absent"])
    install("beta")
    install("gamma", optional=["beta"])
    install("hen", requires=["egg"])
    install("egg", requires=["hen"])

    assert list(start("alpha", "beta", "gamma").plugins) == ["beta", "gamma", "alpha"]
    assert fault_of("alpha") == "The plugin alpha requires beta; switch that on, too."
    circle = fault_of("hen", "egg")
    assert "hen" in circle
    assert "egg" in circle
    assert "There is no plugin “telepathy”" in fault_of("telepathy")


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ("raise RuntimeError('not today')", "not today"),
        ("manifest = 'odd'", "odd"),
        ("", "odd"),
        ('manifest = Manifest(name="other", title="T", summary="S", version="1")', "odd"),
        ('manifest = Manifest(name="Odd One", title="T", summary="S", version="1")', "Odd One"),
    ],
)
def test_a_plugin_without_a_sound_manifest_is_listed_with_its_fault(install, session, manifest, said):
    install("odd", manifest=manifest or "pass")

    found = discovery.installed()["odd"]
    assert found.manifest is None
    assert said in fault_of("odd")
    with pytest.raises(ConflictError, match="odd"):
        switch.switch(session, discovery.installed(), "odd", State.ON, pins=switch.Pins(), actor=ADMIN)
    (status,) = (s for s in switch.statuses(session, discovery.installed(), switch.Pins()) if s.name == "odd")
    assert status.fault
    assert status.state == "installed"


def test_switches_follow_requirements_and_pins(install, session):
    install("alpha", requires=["beta"])
    install("beta")

    def turn(name, state, pins=switch.Pins()):  # noqa: B008 -- frozen
        switch.switch(session, discovery.installed(), name, state, pins=pins, actor=ADMIN)
        return switch.enabled(session, pins)

    with pytest.raises(ConflictError, match="requires beta"):
        turn("alpha", State.ON)
    assert turn("beta", State.ON) == {"beta"}
    assert turn("alpha", State.ON) == {"alpha", "beta"}
    with pytest.raises(ConflictError, match="alpha require beta"):
        turn("beta", State.OFF)
    with pytest.raises(NotFoundError, match="telepathy"):
        turn("telepathy", State.ON)
    pinned = switch.Pins(on=frozenset({"beta"}), off=frozenset({"alpha"}))
    assert switch.enabled(session, pinned) == {"beta"}
    for name in ("alpha", "beta"):
        with pytest.raises(ConflictError, match="pinned by the configuration"):
            turn(name, State.ON, pinned)

    session.add(PluginState(name="gone", state=State.ON, version="1"))  # its package was removed since
    session.flush()
    assert turn("alpha", State.OFF) == {"beta", "gone"}
    assert turn("beta", State.OFF) == {"gone"}
