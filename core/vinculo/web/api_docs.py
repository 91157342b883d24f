"""The API's description: as OpenAPI for programs, as pages for people."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Litestar, Response
from litestar.openapi.spec import Components

from vinculo.errors import NotFoundError, NotSignedInError
from vinculo.i18n import gettext as _
from vinculo.memory import give_back
from vinculo.plugins.manifest import KERNEL
from vinculo.web import problems
from vinculo.web.context import Context
from vinculo.web.origins import described
from vinculo.web.routes import PUBLIC, SIGNED_IN, get
from vinculo.web.views import Crumb

METHODS = ("get", "post", "put", "patch", "delete")
PLUGIN_KEY = "x-vinculo-plugin"


@dataclass(frozen=True, slots=True)
class Documented:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    permission: str
    plugin: str
    parameters: list[tuple[str, str, str, bool, str]]
    request: tuple[str, str] | None
    responses: list[tuple[str, str, str]]


@get("/api/v1/openapi.json", permission=PUBLIC, include_in_schema=False)
def openapi(ctx: Context) -> Response[bytes]:
    """OpenAPI of exactly the enabled plugins."""
    if ctx.identity is None and not ctx.site.settings.security.public_api_description:
        raise NotSignedInError
    _describe(ctx.request.app)
    document: bytes = zlib.decompress(ctx.request.app.state.document)
    return Response(document, media_type="application/json")


@get("/api/docs", permission=SIGNED_IN)
def docs(ctx: Context) -> Response[bytes]:
    """The same, to read: the operations of one tag at a time, with the schemas that they use."""
    _describe(ctx.request.app)
    parts: Mapping[str, bytes] = ctx.request.app.state.parts
    tag = ctx.parameter("tag") or next(iter(parts))
    if tag not in parts:
        raise NotFoundError
    part = msgspec.json.decode(zlib.decompress(parts[tag]), type=_Part)
    return ctx.render(
        "api_docs.html",
        tags=list(parts),
        tag=tag,
        operations=[_documented(*found) for found in part.operations],
        schemas=[(name, list(_fields(schema))) for name, schema in sorted(part.schemas.items())],
        errors=problems.told(),
        crumbs=[Crumb(_("API reference"))],
    )


class _Part(msgspec.Struct):
    """What is told of one tag: operations as (method, path, operation), and the schemas that they lead to."""

    operations: list[tuple[str, str, Any]]
    schemas: dict[str, dict[str, Any]]


def _describe(app: Litestar) -> None:
    """Made once an app, which keeps it packed, a twentieth of its size; it takes a while."""
    if "document" not in app.state:
        document, parts = _made(app)
        app.state.parts = {
            tag: zlib.compress(msgspec.json.encode(part)) for tag, part in sorted(parts.items())
        }
        app.state.document = zlib.compress(msgspec.json.encode(document))
        del document, parts
        give_back()


def _made(app: Litestar) -> tuple[dict[str, Any], dict[str, _Part]]:
    """The description, and the same in pieces that a page can show: it has thousands of operations.

    Path by path: all that Litestar makes of them would hold 50 MB at once, and half of it for ever.
    """
    description = app.openapi_schema
    assert description.components
    # Litestar knows the schemas of typed handlers; those of record kinds are made from their fields.
    description.components.schemas.update(app.state.schemas())
    paths, description.paths = dict(description.paths or {}), {}
    document = description.to_schema()
    description.components = Components()
    known, origins = document["components"]["schemas"], _origins(app)
    parts: dict[str, _Part] = {}
    for path in list(paths):
        item = paths.pop(path).to_schema()
        for method in [method for method in METHODS if method in item]:
            operation = item[method]
            operation[PLUGIN_KEY] = origins[path, method]
            part = parts.setdefault((operation.get("tags") or ["API"])[0], _Part([], {}))
            _gather(operation, known, part.schemas)
            item[method] = msgspec.Raw(msgspec.json.encode(operation))
            part.operations.append((method, path, item[method]))
        document.setdefault("paths", {})[path] = item
    return document, parts


def _gather(found: Any, known: Mapping[str, Any], schemas: dict[str, dict[str, Any]]) -> None:
    """Add the schemas to which something refers, and those to which they refer."""
    if isinstance(found, (list, tuple)):
        for one in found:
            _gather(one, known, schemas)
    elif isinstance(found, dict):
        name = str(found.get("$ref", "")).rpartition("/")[2]
        if name in known and name not in schemas:
            schemas[name] = known[name]
            _gather(known[name], known, schemas)
        _gather(list(found.values()), known, schemas)


def _origins(app: Litestar) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """By path and method, which plugin an operation comes from, or that it is the kernel's."""
    registry = app.state.site.registry
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            origin = described(registry, handler.opt.get("plugin", ""))
            known = {"name": origin.name or KERNEL, "version": origin.version}
            for method in handler.http_methods:
                found[getattr(route, "path_format", ""), method.lower()] = known
    return found


def _documented(method: str, path: str, operation: Mapping[str, Any]) -> Documented:
    description = operation.get("description", "")
    permission = (
        description.removeprefix("Permission: `").removesuffix("`.") if "Permission: `" in description else ""
    )
    return Documented(
        method=method,
        path=path,
        summary=operation.get("summary", ""),
        description="" if permission else description,
        permission=permission,
        plugin=" ".join(operation.get(PLUGIN_KEY, {}).values()),
        parameters=[
            (
                p["name"],
                p["in"],
                _type(p.get("schema", {})),
                bool(p.get("required")),
                p.get("description", ""),
            )
            for p in operation.get("parameters", [])
        ],
        request=_request(operation.get("requestBody")),
        responses=[
            (status, response.get("description", ""), _schema_name(response))
            for status, response in sorted(operation.get("responses", {}).items())
        ],
    )


def _request(body: Mapping[str, Any] | None) -> tuple[str, str] | None:
    return (_schema_name(body), "") if body else None


def _schema_name(holder: Mapping[str, Any]) -> str:
    for content in holder.get("content", {}).values():
        name = str(content.get("schema", {}).get("$ref", "")).rpartition("/")[2]
        if name:
            return name
    return ""


def _fields(schema: Mapping[str, Any]) -> Iterator[tuple[str, str, bool, str]]:
    required = schema.get("required", [])
    for name, value in schema.get("properties", {}).items():
        yield name, _type(value), name in required, value.get("description", "")


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " | ".join(_type(part) for part in schema["anyOf"])
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])) if len(schema["enum"]) <= 8 else "string"
    kind = schema.get("format") or schema.get("type", "any")
    return " | ".join(kind) if isinstance(kind, list) else str(kind)
