"""Calling hooks: whose each answer is, whether it is what the hook asks for, and how long it took."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import pluggy

from vinculo.containment import contained
from vinculo.plugins.contributions import (
    CardAction,
    Check,
    Composer,
    Criterion,
    DemoFile,
    Fact,
    FormPart,
    ListAction,
    MenuItem,
    PaletteAction,
    Panel,
    Performer,
    Permission,
    Widget,
)
from vinculo.plugins.faults import failure
from vinculo.plugins.listening import ConsentSource, Outcome, Seller, SmsGateway, Subscription
from vinculo.plugins.promising import Promise

T = TypeVar("T")

RETURNED: Final[Mapping[str, type]] = {
    "card_actions": CardAction,
    "checks": Check,
    "composers": Composer,
    "consents": ConsentSource,
    "criteria": Criterion,
    "demo_files": DemoFile,
    "facts": Fact,
    "form_parts": FormPart,
    "list_actions": ListAction,
    "menu_items": MenuItem,
    "outcomes": Outcome,
    "palette_actions": PaletteAction,
    "panels": Panel,
    "performers": Performer,
    "permissions": Permission,
    "promises": Promise,
    "sellers": Seller,
    "sms_gateways": SmsGateway,
    "subscriptions": Subscription,
    "widgets": Widget,
}


@dataclass(frozen=True, slots=True)
class Owned(Generic[T]):
    """A contribution and the plugin it comes from."""

    plugin: str
    item: T


class Calls:
    """Calls hooks, and adds up how long each plugin takes to answer."""

    def __init__(self, manager: pluggy.PluginManager, seconds: dict[str, float]) -> None:
        self._manager = manager
        self._seconds = seconds

    def __call__(self, hook: str) -> Iterator[Owned[Any]]:
        """What a hook brings, of all plugins in their order."""
        begun = time.perf_counter()
        for owned in call(self._manager, hook):
            now = time.perf_counter()
            self._seconds[owned.plugin] = self._seconds.get(owned.plugin, 0.0) + now - begun
            yield owned
            begun = time.perf_counter()


def call(manager: pluggy.PluginManager, hook: str, **arguments: Any) -> Iterator[Owned[Any]]:
    """What each plugin returns, in the order of registration; pluggy alone hides whose result is whose."""
    for implementation in getattr(manager.hook, hook).get_hookimpls():
        try:
            with contained():
                result = implementation.function(*(arguments[name] for name in implementation.argnames))
                items: Iterable[Any] = result.items() if isinstance(result, Mapping) else (result or ())
                owned = [Owned(implementation.plugin_name, _checked(hook, item)) for item in items]
        except Exception as error:
            raise failure(implementation.plugin_name, hook, error) from error
        yield from owned


def _checked(hook: str, item: Any) -> Any:
    expected = RETURNED.get(hook)
    if expected is not None and not isinstance(item, expected):
        raise TypeError(f"{item!r} is no {expected.__name__}")
    return item
