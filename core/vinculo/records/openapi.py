"""OpenAPI operations of a kind of record: parameters, bodies and answers as they really are.

One document serves all who read it, so its descriptions stay in English.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec
from litestar.openapi.spec import (
    OpenAPIHeader,
    OpenAPIMediaType,
    OpenAPIResponse,
    Operation,
    Parameter,
    Reference,
    RequestBody,
    Schema,
)

from vinculo.records import attribution
from vinculo.records.fields import Field, PriceField
from vinculo.records.kind import RecordKind
from vinculo.records.query import LISTS, MAX_LIMIT, all_fields, conditional
from vinculo.web.problems import PROBLEM_JSON, Problem

REF = "#/components/schemas/{name}"


def components(structs: Sequence[type[msgspec.Struct]]) -> bytes:
    """JSON schemas of the Structs, by name; packed, a thirtieth of their size: few processes tell of them."""
    _refs, found = msgspec.json.schema_components([*structs, Problem], ref_template=REF)
    return zlib.compress(msgspec.json.encode(found), 1)


def unpacked(schemas: bytes) -> dict[str, Any]:
    """What ``components`` packed, for Litestar."""
    found: dict[str, dict[str, Any]] = msgspec.json.decode(zlib.decompress(schemas))
    return {name: RawSchema(schema) for name, schema in found.items()}


class RawSchema(Schema):
    """A JSON schema that is ready: msgspec made it."""

    def __init__(self, raw: Mapping[str, Any]) -> None:  # what Schema has besides stays with its defaults
        self.raw = raw

    def to_schema(self) -> dict[str, Any]:
        """As it is."""
        return dict(self.raw)

    def __hash__(self) -> int:
        return id(self)


def operation(
    *,
    summary: str,
    tag: str,
    permission: str,
    parameters: Sequence[Parameter] | Callable[[], Sequence[Parameter]] = (),
    body: str | type[msgspec.Struct] = "",
    body_type: str = "application/json",
    answer: str | type[msgspec.Struct] = "",
    answer_type: str = "application/json",
    status: int = 200,
    etag: bool = False,
    errors: Sequence[int] = (),
) -> type[Operation]:
    """An operation class for Litestar's ``operation_class``.

    ``body`` and ``answer`` name components; one of its own kind may be the Struct itself. ``parameters``
    that are many are a function: the filters of all kinds hold 20 MB, and few processes ever tell of them.
    """

    class KindOperation(Operation):
        def to_schema(self) -> dict[str, Any]:  # not before: all parameters of all operations hold 20 MB
            path = [p for p in (self.parameters or []) if getattr(p, "param_in", "") == "path"]
            own = parameters() if callable(parameters) else parameters
            self.parameters = [*path, *own]
            self.request_body = _request(body, body_type)
            self.responses = {str(status): _answer(answer, answer_type, etag=etag), **_refusals(errors)}
            self.summary = summary
            self.description = f"Permission: `{permission}`.{_on_groups(own)}"
            self.tags = [tag]
            return super().to_schema()

    return KindOperation


def _on_groups(parameters: Sequence[Parameter]) -> str:
    """What cannot be told of each parameter: that filters also stand in groups."""
    if not any(one.name == "ids" for one in parameters):
        return ""
    return (
        "\n\nFilters stand in groups by what precedes their names: `any1.` for any of them, `all1.` for all,"
        " `none1.` for none. Any number tells groups apart, and groups stand within each other:"
        " `any1.stage=lost&any1.all1.stage=active&any1.all1.created_at[lt]=-1y`."
    )


def _refusals(codes: Sequence[int]) -> dict[str, OpenAPIResponse]:
    schema = Reference(ref=REF.format(name="Problem"))
    content = {PROBLEM_JSON: OpenAPIMediaType(schema=schema)}
    return {
        str(code): OpenAPIResponse(description=_PROBLEMS[code], content=content)
        for code in sorted({401, 403, *codes})
    }


def _request(body: str | type[msgspec.Struct], media_type: str) -> RequestBody | None:
    if not body:
        return None
    return RequestBody(required=True, content={media_type: OpenAPIMediaType(schema=_body(body))})


def _body(name: str | type[msgspec.Struct]) -> Schema | Reference:
    if not isinstance(name, str):
        return RawSchema(_whole(name))
    return RawSchema(FILE_BODY) if name == "file" else Reference(ref=REF.format(name=name))


def _whole(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a struct with those of the structs that it holds in their places."""
    _refs, found = msgspec.json.schema_components([struct], ref_template=REF)
    names = {REF.format(name=name): schema for name, schema in found.items()}

    def inlined(part: Any) -> Any:
        if isinstance(part, dict):
            held = names.get(part.get("$ref", ""))
            return inlined(held) if held else {key: inlined(value) for key, value in part.items()}
        return [inlined(one) for one in part] if isinstance(part, list) else part

    whole: dict[str, Any] = inlined(found[struct.__name__])
    return whole


FILE_BODY: dict[str, Any] = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV, XLSX, XLS, ODS or vCard"},
        "mapping": {"type": "string", "description": "JSON object: header → field; guessed if left out"},
        "values": {"type": "string", "description": "JSON object: header → text → what it is read as"},
        "match": {"type": "string", "description": "fields by which a row finds its record, comma between"},
        "with": {"type": "string", "description": "further kinds in the rows, e.g. counterparty,person"},
        "template": {"type": "string", "description": "name of one that was kept, instead of a mapping"},
        "save_template": {"type": "string", "description": "keep the mapping under this name"},
        "share_template": {"type": "string", "enum": ["true", "false"]},
        "dry_run": {"type": "string", "enum": ["true", "false"]},
        "encoding": {"type": "string", "description": "of a CSV file, e.g. utf-8; found out if left out"},
        "separator": {"type": "string", "description": "of a CSV file, up to 5 characters, or “tab”"},
        "header": {"type": "string", "description": "row of the titles, counted from 1; 0 if there is none"},
        "sheet": {"type": "string", "description": "name of the sheet of a workbook; the first if left out"},
    },
}

_PROBLEMS = {
    400: "The request cannot be read",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not found",
    409: "Conflict: stale version, duplicate, or a record in the way",
    412: "If-Match names another version",
    413: "Too large",
    422: "Values do not fit",
    429: "Too many tries",
}


def _answer(name: str | type[msgspec.Struct], media_type: str, *, etag: bool) -> OpenAPIResponse:
    headers = {"ETag": OpenAPIHeader(schema=RawSchema({"type": "string"}), description="The version")}
    if name == "binary":
        schema: Schema | Reference = RawSchema({"type": "string", "format": "binary"})
    else:
        schema = _body(name)
    content = {media_type: OpenAPIMediaType(schema=schema)} if name else None
    return OpenAPIResponse(description="Done", headers=headers if etag else None, content=content)  # type: ignore[arg-type]


def list_parameters(kind: RecordKind) -> list[Parameter]:
    """Filters with their operators, and what steers a list."""
    return [*filter_parameters(kind), *control_parameters(kind)]


def filter_parameters(kind: RecordKind) -> list[Parameter]:
    """Search and filters."""
    found = [
        parameter("q", {"type": "string", "maxLength": 200}, "Search: any fragment of three letters"),
        parameter("ids", {"type": "string"}, "Only these records: ids, comma between"),
        parameter("view", {"type": "integer"}, "A saved view; other parameters take the place of its own"),
    ]
    for field in conditional(kind):
        found.extend(_filters(field))
    return found


def control_parameters(kind: RecordKind) -> list[Parameter]:
    """Order, fields and position."""
    names = [field.name for field in all_fields(kind)]
    orders = ["id", "-id", *names, *(f"-{name}" for name in names)]
    return [
        parameter("sort", {"type": "string", "enum": orders}, f"Default: {kind.sort}"),
        parameter("fields", {"type": "string"}, "Only these fields, comma between: " + ", ".join(names)),
        parameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT}, "Rows of a page, default 50"
        ),
        parameter(
            attribution.PARAMETER,
            {"type": "string", "enum": [one.value for one in attribution.Links if one]},
            "What counts for which client: by the link of the counterparty on its day, or of today",
        ),
        parameter("cursor", {"type": "string"}, "next_cursor or previous_cursor of the page before"),
    ]


def header_parameter(name: str, description: str) -> Parameter:
    """An optional header."""
    schema = RawSchema({"type": "string", "maxLength": 200})
    return Parameter(name=name, param_in="header", required=False, description=description, schema=schema)


def _filters(field: Field) -> Iterator[Parameter]:
    for operator in field.operators:
        name = field.name if operator == "eq" else f"{field.name}[{operator}]"
        if operator == "empty":
            yield parameter(name, {"type": "boolean"}, f"Whether {field.label} is empty")
        elif operator in LISTS:
            word = "any" if operator == "in" else operator
            yield parameter(name, {"type": "string"}, f"{field.label}: {word} of these, comma between")
        else:
            yield parameter(name, _schema(field, operator), f"{field.label} ({operator})")


def _schema(field: Field, operator: str) -> dict[str, Any]:
    if operator in ("contains", "starts") or isinstance(field, PriceField):  # “12.50 EUR”
        return {"type": "string"}
    schema, _parts = msgspec.json.schema_components([field.json_type()], ref_template=REF)
    if "$ref" in schema[0]:
        return {"type": "string", "enum": [option.value for option in field.choices()]}
    return dict(schema[0])


def parameter(name: str, schema: dict[str, Any], description: str) -> Parameter:
    """An optional one of the address."""
    return Parameter(
        name=name, param_in="query", required=False, description=description, schema=RawSchema(schema)
    )
