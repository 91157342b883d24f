"""Hundreds of routes in one app, in a time that grows with their number.

Litestar compares each route with all before it, goes over the whole tree of paths after it, and works out the
signature of each handler anew: more than half of the time in which an app is built, and a third of what it
holds. An app is built at each start, at each switch of a plugin and by most tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from typing import Any, Final, Self

from litestar import Litestar, Request, Response, Router
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

_REQUEST: Final = inspect.Parameter(
    "request", inspect.Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any]
)
_OPTIONS: Final = inspect.Signature([_REQUEST], return_annotation=Response[None])


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
        signatures: dict[Any, HTTPRouteHandler] = {}
        for path, handlers in by_path.items():
            methods = _methods(path, handlers)
            if "OPTIONS" not in methods:
                handlers.insert(0, _options(path, [*methods, "OPTIONS"]))  # later, Litestar made its own
            for one in handlers:
                _sign(one, signatures)
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
            by_path.setdefault(next(iter(one.paths)), []).append(one)
        else:
            others.append(one)
    return by_path, others


def _release(handlers: Iterable[Any]) -> None:
    """Cut them off the app, which serves copies: a handler of a module would keep each app alive for ever."""
    for one in handlers:
        if isinstance(one, BaseRouteHandler):  # of routers and controllers it takes copies
            one.owner = None


def _methods(path: str, handlers: Sequence[HTTPRouteHandler]) -> list[str]:
    methods = [str(method) for handler in handlers for method in handler.http_methods]
    if len(methods) != len(set(methods)):
        raise ImproperlyConfiguredException(f"Two handlers are registered for one method of {path!r}")
    return methods


def _options(path: str, methods: Sequence[str]) -> HTTPRouteHandler:
    """What says the methods of a path, as Litestar's own does."""
    allow = ", ".join(sorted(methods))

    async def options(request: Request[Any, Any, Any]) -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": allow}, media_type="text/plain")

    options.__signature__ = _OPTIONS  # type: ignore[attr-defined]
    return HTTPRouteHandler(path, http_method="OPTIONS", include_in_schema=False)(options)


def _sign(one: HTTPRouteHandler, known: dict[Any, HTTPRouteHandler]) -> None:
    """Work out its signature, or take that of another which asks for the same: its copies have it, too.

    Of 5,000 handlers a hundred differ. What goes by more than its function works out its own.
    """
    signature = getattr(one.fn, "__signature__", None)
    own = (one.dependencies, one.type_decoders, one.signature_namespace)
    if signature is not None and not any(own):
        twin = known.setdefault((id(signature), one.dto, one.return_dto), one)
        if twin is not one:
            one._parsed_fn_signature = twin.parsed_fn_signature  # noqa: SLF001 -- there is no other door
            one._signature_model = twin.signature_model  # noqa: SLF001
    _ = one.signature_model
