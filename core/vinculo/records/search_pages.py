"""The page with the results of a search of everything, and what the command palette lists of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from litestar import Response

from vinculo.events.models import SearchDocument
from vinculo.i18n import gettext as _
from vinculo.records import found, noting, search
from vinculo.records.found import Reason
from vinculo.records.kind import RecordKind
from vinculo.records.search import Hits
from vinculo.web.context import Context
from vinculo.web.routes import SIGNED_IN, get
from vinculo.web.views import Crumb, Hit, ResultTab, SearchGroup

LONGEST: Final = 200
EACH: Final = 20
OF_ONE: Final = 100
FEW: Final = 5  # with fewer hits, titles that are spelt almost so are looked for, too


@dataclass(frozen=True, slots=True)
class Results:
    """What was found, by the names of kinds; ``similar`` only where it was little."""

    kinds: Mapping[str, RecordKind]
    hits: Mapping[str, Hits]
    similar: Mapping[str, Sequence[SearchDocument]]

    @property
    def count(self) -> int:
        """How many records are named."""
        return sum(len(one.documents) for one in self.hits.values()) + sum(map(len, self.similar.values()))


def searchable(ctx: Context) -> Mapping[str, RecordKind]:
    """The kinds that the user may search."""
    kinds = ctx.registry.kinds.values()
    return {kind.name: kind for kind in kinds if kind.exposed and ctx.actor.may(kind.permission("read"))}


def look_up(ctx: Context, term: str, *, each: int, kinds: Mapping[str, RecordKind]) -> Results:
    """Search records of these kinds, and note that it was done."""
    asked = [*kinds.values()]
    hits = search.find_each(ctx.session, asked, term, actor=ctx.actor, each=each)
    similar: dict[str, list[SearchDocument]] = {}
    if sum(one.count for one in hits.values()) < FEW:
        known = {document.id for one in hits.values() for document in one.documents}
        near = search.similar(ctx.session, asked, term, actor=ctx.actor, limit=each)
        for document in near:
            if document.id not in known:
                similar.setdefault(document.kind, []).append(document)
    results = Results(kinds, hits, similar)
    noting.search_everything(ctx, term, results.count)
    return results


@get("/search", permission=SIGNED_IN)
def search_page(ctx: Context) -> Response[bytes]:
    """Hits of every kind that the user may read, or of one of them."""
    term, chosen = ctx.parameter("q").strip()[:LONGEST], ctx.parameter("kind")
    kinds = searchable(ctx)
    chosen = chosen if chosen in kinds else ""
    results = look_up(ctx, term, each=OF_ONE if chosen else EACH, kinds=kinds)
    return ctx.render(
        "search.html",
        query=term,
        chosen=chosen,
        tabs=_tabs(results, term, chosen),
        groups=groups(ctx, results, term, chosen),
        similar=similar_groups(ctx, results, chosen),
        crumbs=[Crumb(_("Search"))],
    )


def groups(ctx: Context, results: Results, term: str, chosen: str = "") -> list[SearchGroup]:
    """The hits, a group for each kind, with why they were found."""
    found_groups = []
    for name, hits in results.hits.items():
        if chosen in ("", name):
            kind = results.kinds[name]
            why = found.reasons(ctx.session, kind, hits.documents, term, actor=ctx.actor)
            whose = found.whose(ctx, kind, [one for one in hits.documents if one.record_id not in why])
            rows = [
                _hit(kind, one, term, why.get(one.record_id), whose.get(one.record_id, ""))
                for one in hits.documents
            ]
            more = f"{kind.url}?{urlencode({'q': term})}" if hits.count > len(rows) or hits.more else ""
            found_groups.append(SearchGroup(str(kind.label_plural), kind.icon, rows, more, _count(hits)))
    return found_groups


def similar_groups(ctx: Context, results: Results, chosen: str = "") -> list[SearchGroup]:
    """What is spelt almost so, in the same manner."""
    found_groups = []
    for name, documents in results.similar.items():
        if chosen in ("", name):
            kind = results.kinds[name]
            whose = found.whose(ctx, kind, documents)
            rows = [_hit(kind, one, "", None, whose.get(one.record_id, "")) for one in documents]
            found_groups.append(SearchGroup(str(kind.label_plural), kind.icon, rows))
    return found_groups


def _hit(kind: RecordKind, document: SearchDocument, term: str, reason: Reason | None, whose: str) -> Hit:
    title, url = found.marked(document.title, term), f"{kind.url}/{document.record_id}"
    if reason is None:
        return Hit(title, url, hint=[(whose, False)] if whose else ())
    return Hit(title, url, reason.label, found.marked(reason.text, term))


def _tabs(results: Results, term: str, chosen: str) -> list[ResultTab]:
    """All results, and those of each kind that has some."""
    names = [*results.hits, *(name for name in results.similar if name not in results.hits)]
    if len(names) < 2 and not chosen:
        return []
    found_tabs = [ResultTab(_("All"), f"/search?{urlencode({'q': term})}", current=not chosen)]
    for name in dict.fromkeys([*names, *([chosen] if chosen else ())]):
        url = f"/search?{urlencode({'q': term, 'kind': name})}"
        count = _count(results.hits[name]) if name in results.hits else ""
        label = str(results.kinds[name].label_plural)
        found_tabs.append(ResultTab(label, url, count=count, current=name == chosen))
    return found_tabs


def _count(hits: Hits) -> str:
    return f"{hits.count}+" if hits.more else str(hits.count)
