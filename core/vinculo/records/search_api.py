"""The search of everything, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response
from litestar.openapi.spec import Parameter

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import found, search_pages
from vinculo.records.found import Reason
from vinculo.records.kind import RecordKind
from vinculo.records.openapi import RawSchema, operation
from vinculo.records.search_pages import LONGEST, look_up, searchable
from vinculo.records.text import fold, whole_number
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get

MOST: Final = 100


class SearchHit(msgspec.Struct):
    """A record; where its title does not hold the term, ``found`` does, a value called ``reason``."""

    kind: str
    id: int
    title: str
    url: str
    reason: str = ""
    found: str = ""


class SearchHits(msgspec.Struct):
    """The best hits of a kind. ``count`` is how many there are; with ``more``, at least so many."""

    kind: str
    label: str
    count: int
    more: bool
    items: list[SearchHit]


class SearchResults(msgspec.Struct):
    """Hits by kind, the kind with the best one first; ``similar`` are spelt almost so, where hits are few."""

    groups: list[SearchHits]
    similar: list[SearchHit]


SEARCH_STRUCTS = (SearchResults, SearchHits, SearchHit)


@get(
    "/api/v1/search",
    permission=SIGNED_IN,
    operation_class=operation(
        summary="Search records of all kinds",
        tag="Search",
        permission=SIGNED_IN,
        answer="SearchResults",
        parameters=[
            Parameter(
                name="q", param_in="query", required=True, schema=RawSchema({"type": "string"}),
                description='Words, "phrases", numbers in any notation; -word leaves out',
            ),
            Parameter(
                name="kind", param_in="query", schema=RawSchema({"type": "string"}),
                description="Only records of this kind",
            ),
            Parameter(
                name="limit", param_in="query",
                schema=RawSchema({"type": "integer", "minimum": 1, "maximum": MOST}),
                description=f"Hits of each kind, {search_pages.EACH} where nothing is said",
            ),
        ],
        errors=(422,),
    ),
)  # fmt: skip
def search_by_api(ctx: Context) -> Response[bytes]:
    """Search records of all kinds that the user may read."""
    term = ctx.parameter("q").strip()[:LONGEST]
    if not fold(term):
        raise InvalidError([FieldError("q", _("Say what to search for."))])
    kinds = _kinds(ctx, ctx.parameter("kind"))
    results = look_up(ctx, term, each=_limit(ctx.parameter("limit")), kinds=kinds)
    groups = []
    for name, hits in results.hits.items():
        why = found.reasons(ctx.session, kinds[name], hits.documents, term, actor=ctx.actor)
        items = [_hit(kinds[name], one, why.get(one.record_id)) for one in hits.documents]
        groups.append(SearchHits(name, str(kinds[name].label_plural), hits.count, hits.more, items))
    similar = [_hit(kinds[one.kind], one) for near in results.similar.values() for one in near]
    body = msgspec.json.encode(SearchResults(groups, similar))
    return Response(body, media_type="application/json")


def _hit(kind: RecordKind, document: Any, reason: Reason | None = None) -> SearchHit:
    url = f"{kind.api_url}/{document.record_id}"
    hit = SearchHit(kind.name, document.record_id, document.title, url)
    return msgspec.structs.replace(hit, reason=reason.label, found=reason.text) if reason else hit


def _kinds(ctx: Context, name: str) -> Mapping[str, RecordKind]:
    kinds = searchable(ctx)
    if not name:
        return kinds
    if name not in kinds:
        text = _("There is no kind of record “%(kind)s” to search. Choose one of: %(kinds)s.")
        raise InvalidError([FieldError("kind", text % {"kind": name[:60], "kinds": ", ".join(kinds)})])
    return {name: kinds[name]}


def _limit(text: str) -> int:
    number = whole_number(text) if text else search_pages.EACH
    if number is None or not 1 <= number <= MOST:
        text_ = _("“%(value)s” is no number from 1 to %(most)s.", value=text[:60], most=MOST)
        raise InvalidError([FieldError("limit", text_)])
    return number
