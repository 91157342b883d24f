"""Hundreds of routes in one app, in a time that grows with their number.

Litestar compares each route with all before it, goes over the whole tree of paths after it, and works out the
signature of a handler anew for each app: more than half of the time in which an app is built. An app is built
at each start, at each switch of a plugin and by most tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

from litestar import Litestar, Router
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler


class App(Litestar):
    """A Litestar that takes in routes together where none of their paths is known yet."""

    _together = False

    def __init__(self, *, route_handlers: Iterable[Any], **options: Any) -> None:
        """``route_handlers`` and options as Litestar has them.

        Raises ``ImproperlyConfiguredException`` for two handlers of one path and method.
        """
        by_path, others = _sorted(route_handlers)
        super().__init__(route_handlers=[], **options)
        self._together = True
        self.register(_Paths(by_path))
        self._together = False
        for other in others:
            self.register(other)
        _release(others)

    @property
    def route_handler_method_map(self) -> dict[str, Any]:
        """By path, what Litestar looks up for each route that it takes in."""
        return {} if self._together else super().route_handler_method_map


class _Paths(Router):
    """The handlers of each path, entered at once. It goes into one app only, and so is not copied."""

    def __init__(self, by_path: dict[str, list[HTTPRouteHandler]]) -> None:
        super().__init__("/", route_handlers=[])
        for path, handlers in by_path.items():
            _refuse_two_for_one(path, handlers)
            part = Router("/", route_handlers=handlers)
            part.owner = self
            self.routes += part.routes
            _release(handlers)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self


def _sorted(handlers: Iterable[Any]) -> tuple[dict[str, list[HTTPRouteHandler]], list[Any]]:
    """Handlers by their path, and those that have several, or are none."""
    by_path: dict[str, list[HTTPRouteHandler]] = {}
    others = []
    for one in handlers:
        if isinstance(one, HTTPRouteHandler) and len(one.paths) == 1:
            _ = one.signature_model  # known to each copy from now on
            by_path.setdefault(next(iter(one.paths)), []).append(one)
        else:
            others.append(one)
    return by_path, others


def _release(handlers: Iterable[Any]) -> None:
    """Cut them off the app, which serves copies: a handler of a module would keep each app alive for ever."""
    for one in handlers:
        if isinstance(one, BaseRouteHandler):  # of routers and controllers it takes copies
            one.owner = None


def _refuse_two_for_one(path: str, handlers: Sequence[HTTPRouteHandler]) -> None:
    methods = [method for handler in handlers for method in handler.http_methods]
    if len(methods) != len(set(methods)):
        raise ImproperlyConfiguredException(f"Two handlers are registered for one method of {path!r}")
