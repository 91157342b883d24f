"""Hundreds of routes in one app, in a time that grows with their number.

Litestar compares each route with all before it, goes over the whole tree of paths after it, and works out the
signature of each handler anew: more than half of the time in which an app is built, and a third of what it
holds. An app is built at each start, at each switch of a plugin and by most tests.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Final

from litestar import Litestar, Request, Response
from litestar.exceptions import ImproperlyConfiguredException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

_REQUEST: Final = inspect.Parameter(
    "request", inspect.Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any]
)
_OPTIONS: Final = inspect.Signature([_REQUEST], return_annotation=Response[None])


class App(Litestar):
    """A Litestar that takes in routes together where none of their paths is known yet."""

    def __init__(self, *, route_handlers: Iterable[Any], **options: Any) -> None:
        """``route_handlers`` and options as Litestar has them.

        Raises ``ImproperlyConfiguredException`` for two handlers of one path and method.
        """
        by_path, others = _sorted(route_handlers)
        super().__init__(route_handlers=[], **options)
        self._take_in(by_path)
        for other in others:
            self.register(other)
        _release(others)

    def _take_in(self, by_path: Mapping[str, Sequence[HTTPRouteHandler]]) -> None:
        """Enter copies, as Litestar does, which also makes a router of each and says OPTIONS by one each."""
        alike = _Alike()
        allowed: dict[str, str] = {}
        options = self._own(_options(allowed), alike)
        for path, handlers in by_path.items():
            methods = _methods(path, handlers)
            own = [self._own(handler, alike) for handler in handlers]
            if "OPTIONS" not in methods:
                own.append(options)
            route = HTTPRoute(path=path, route_handlers=own)
            allowed[route.path_format] = ", ".join(sorted([*methods, "OPTIONS"]))
            for handler in own:
                known = handler, alike.model(handler, route.path_parameters)
                route.route_handler_map.update(dict.fromkeys(handler.http_methods, known))
            self.routes.append(route)
            for plugin in self.plugins.receive_route:
                plugin.receive_route(route)
        self.asgi_router.construct_routing_trie()

    def _own(self, handler: HTTPRouteHandler, alike: _Alike) -> HTTPRouteHandler:
        """A copy that belongs to this app."""
        alike.sign(handler)
        own = copy(handler)
        own.owner = self
        own.on_registration(self)
        return own


class _Alike:
    """What handlers have alike: it is made once and kept once. Of 3,000 handlers a hundred differ."""

    def __init__(self) -> None:
        self._signed: dict[Any, HTTPRouteHandler] = {}
        self._models: dict[Any, Any] = {}

    def sign(self, one: HTTPRouteHandler) -> None:
        """Work out its signature, or take that of another which asks for the same: its copies have it, too.

        What goes by more than its function works out its own.
        """
        signature = getattr(one.fn, "__signature__", None)
        own = (one.dependencies, one.type_decoders, one.signature_namespace)
        if signature is not None and not any(own):
            twin = self._signed.setdefault((id(signature), one.dto, one.return_dto), one)
            if twin is not one:
                one._parsed_fn_signature = twin.parsed_fn_signature  # noqa: SLF001 -- there is no other door
                one._signature_model = twin.signature_model  # noqa: SLF001
        _ = one.signature_model

    def model(self, handler: HTTPRouteHandler, parameters: Mapping[str, Any]) -> Any:
        """How its arguments are taken from a request: by its signature and the parameters of its path."""
        if handler.resolve_dependencies() or handler.resolve_layered_parameters():
            return handler.create_kwargs_model(dict(parameters))
        key = handler.signature_model, frozenset(parameters)
        if key not in self._models:
            self._models[key] = handler.create_kwargs_model(dict(parameters))
        return self._models[key]


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


def _options(allowed: Mapping[str, str]) -> HTTPRouteHandler:
    """What says the methods of the paths, as Litestar's own do, of which each path has one."""

    async def options(request: Request[Any, Any, Any]) -> Response[None]:
        headers = {"Allow": allowed[request.scope["path_template"]]}
        return Response(None, status_code=204, headers=headers, media_type="text/plain")

    options.__signature__ = _OPTIONS  # type: ignore[attr-defined]
    return HTTPRouteHandler("/", http_method="OPTIONS", include_in_schema=False)(options)
