"""The groups of conditions of a list: what stands in one, and the steps by which it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vinculo.i18n import gettext as _
from vinculo.records import condition_tree, conditions
from vinculo.records import query as queries
from vinculo.records.condition_tree import Way, free, way_of
from vinculo.records.kind import RecordKind
from vinculo.records.list_words import Teller
from vinculo.web.context import Context
from vinculo.web.views import GroupForm, GroupPart, Option

_PATH: Final = re.compile(condition_tree.PATH, re.ASCII)


def asked_for(ctx: Context) -> str:
    """The path of the group that the address is about, "" if it is about none."""
    path = ctx.parameter("_group") or ctx.parameter("_step").partition(" ")[0]
    return path if _PATH.fullmatch(path) else ""


def new(given: conditions.Pairs) -> str:
    """The path of one more group of a list."""
    return free("", Way.ANY, _paths(given))


def changed(ctx: Context, given: conditions.Pairs, path: str) -> list[tuple[str, str]] | None:
    """The parameters of the list after the step that was asked for, None where it was none."""
    match ctx.parameter("_step").split()[1:]:
        case ["remove"]:
            return conditions.without(given, path)
        case ["drop", name] if name.endswith("."):
            return conditions.without(given, name)
        case ["drop", *names]:
            return conditions.replaced(given, names, None)
        case ["way", way] if way != way_of(path) and way in [one.value for one in _ways(path)]:
            outside = path[: path.rstrip(".").rfind(".") + 1]
            kind = condition_tree.kind_in(path) if way in (Way.HAS, Way.LACKS) else ""
            return conditions.moved(given, path, free(outside, Way(way), _paths(given), kind=kind))
    return None


def has(kind: RecordKind, given: conditions.Pairs) -> list[Option]:
    """The paths of one more group about each kind that hangs on the records of a list."""
    paths = _paths(given)
    return [
        Option(free("", Way.HAS, paths, kind=one.name), _("There are: %(kind)s", kind=one.label_plural))
        for one in kind.related
    ]


def form(
    ctx: Context, kind: RecordKind, given: conditions.Pairs, path: str, here: conditions.Pairs = ()
) -> GroupForm:
    """What stands in a group; ``here`` says of which page. Raises what ``query.parse`` raises."""
    teller = Teller(ctx, kind, queries.parse(kind, given, typed=False, me=ctx.actor.user_id), given)
    way = way_of(path)
    labels = {Way.ALL: _("All of"), Way.ANY: _("Any of"), Way.NONE: _("None of")}
    return GroupForm(
        url=f"{kind.url}/filter",
        label=labels.get(way) or str(queries.inside(kind, path).label_plural),
        path=path,
        hidden=[*given, *here],
        way=way,
        ways=_ways(path),
        parts=[*_parts(teller, path)],
        more=path if way in (Way.ALL, Way.HAS, Way.LACKS) else free(path, Way.ALL, _paths(given)),
    )


def _ways(path: str) -> list[Option]:
    """In which ways a group can count, beside that of the single conditions around it."""
    match way_of(path):
        case Way.ALL:
            return []
        case Way.HAS | Way.LACKS:
            return [Option("has", _("There are such")), Option("lacks", _("There are none"))]
    return [Option("any", _("Any of")), Option("none", _("None of"))]


def _parts(teller: Teller, path: str) -> Iterator[GroupPart]:
    for condition, words in teller.conditions(path):
        names = " ".join(condition.names)
        yield GroupPart(words, names, names)
    for inner, words in teller.groups(path):
        single = [one for one, _words in teller.conditions(inner)]
        alone = len(single) == 1 and not any(True for _one in teller.groups(inner))
        names = " ".join(single[0].names) if alone else ""
        yield GroupPart(words, names, inner, inner, inner if way_of(inner) is Way.ALL else "")


def _paths(given: Sequence[tuple[str, str]]) -> list[str]:
    return [queries.path_of(name) for name, _value in given]
