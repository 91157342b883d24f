"""What the pages of archives draw, made of what services know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from vinculo.errors import InvalidError, VinculoError
from vinculo.i18n import format_datetime, format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.models import State
from vinculo.plugins.switch import Status
from vinculo.transfer.archives import LastArchive, Restored
from vinculo.transfer.links import LinkOutcome
from vinculo.web.plugin_views import size
from vinculo.web.views import Attribute, Form, Input, Widget

if TYPE_CHECKING:
    from vinculo.records.kind import RecordKind

SHOWN_RECORDS: Final = 500
SHOWN_ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """A record that links led to, what became of them, and the rows that they left, by table."""

    title: str
    url: str
    text: str
    rows: Sequence[Attribute]


@dataclass(frozen=True, slots=True)
class DataPage:
    """The rows of a plugin and its last archive.

    ``refusal`` says why nothing can be done, ``error`` what went wrong; ``forms`` are what can be done.
    """

    heading: str
    url: str
    rows: Sequence[Attribute]
    archive: Sequence[Attribute]
    refusal: str = ""
    error: str = ""
    forms: Sequence[Form] = ()
    download: str = ""
    purge: str = ""
    restore: str = ""


@dataclass(frozen=True, slots=True)
class RestoredPage:
    """What came back, and the links that no longer lead where they led.

    ``more`` says how many records are not among the outcomes.
    """

    heading: str
    rows: Sequence[Attribute]
    counts: Sequence[Attribute]
    outcomes: Sequence[Outcome]
    more: str
    switch_on: str


def archive_page(
    status: Status, rows: Mapping[str, int], last: LastArchive | None, error: VinculoError | None
) -> DataPage:
    """Where rows are sealed, and the file is fetched."""
    url = _url(status)
    refusal = _is_on(status)
    if not refusal and not rows:
        refusal = _("It has no tables, so there is nothing to archive.")
    return DataPage(
        heading=_("Archive %(name)s", name=status.title),
        url=url,
        rows=_rows(rows),
        archive=_archive(last),
        refusal="" if error else refusal,
        error=error.message if error else "",
        forms=[] if refusal else [Form(f"{url}/archive", [], submit=_("Archive now"))],
        download=f"{url}/archive/file" if last and last.downloadable else "",
        purge=f"{url}/purge" if rows and not refusal and status.state == State.ARCHIVED else "",
        restore=f"{url}/restore" if last and not any(rows.values()) and not _is_on(status) else "",
    )


def purge_page(
    status: Status,
    rows: Mapping[str, int],
    last: LastArchive | None,
    error: VinculoError | None,
    typed: str,
) -> DataPage:
    """What would be dropped, and where it is kept."""
    url, refusal = _url(status), _purge_refusal(status, rows, last)
    wrong = [one.message for one in error.errors] if isinstance(error, InvalidError) else []
    confirmation = Input(
        "confirmation",
        _("Type %(name)s to confirm", name=status.name),
        Widget.TEXT,
        typed,
        required=True,
        errors=wrong,
        autocomplete="off",
        help=_("The tables cannot be brought back but from this file. Keep a copy of it elsewhere."),
    )
    form = Form(f"{url}/purge", [confirmation], submit=_("Purge for good"), cancel="/plugins")
    return DataPage(
        heading=_("Purge %(name)s?", name=status.title),
        url=url,
        rows=_rows(rows),
        archive=_archive(last),
        refusal="" if error and not wrong else refusal,
        error=error.message if error and not wrong else "",
        forms=[] if refusal else [form],
        download=f"{url}/archive/file" if last and last.downloadable else "",
    )


def restore_page(
    status: Status,
    rows: Mapping[str, int],
    last: LastArchive | None,
    error: VinculoError | None,
    *,
    from_file: bool,
    limit: int,
) -> DataPage:
    """From which archive the rows come back."""
    url, refusal = _url(status), _is_on(status)
    if not refusal and any(rows.values()):
        refusal = _("Its tables hold rows. Archive and purge them first, so that none is lost.")
    forms = [
        Form(f"{url}/restore", [], submit=_("Restore from this archive")),
        Form(
            f"{url}/restore",
            [_file(limit, error.message if error and from_file else "")],
            submit=_("Upload and restore"),
            hidden={"from_file": "1"},
            multipart=True,
        ),
    ]
    usable = last is not None and last.size is not None
    return DataPage(
        heading=_("Restore %(name)s", name=status.title),
        url=url,
        rows=_rows(rows),
        archive=_archive(last),
        refusal="" if error else refusal,
        error=error.message if error and not from_file else "",
        forms=[] if refusal else forms[0 if usable else 1 :],
    )


def _file(limit: int, error: str) -> Input:
    text = _(
        "At most %(limit)s MB; a larger one is restored with: vinculo plugins restore NAME FILE", limit=limit
    )
    errors = [error] if error else []
    return Input("file", _("Archive file"), Widget.FILE, required=True, help=text, errors=errors)


def restored_page(status: Status, restored: Restored, kinds: Mapping[str, RecordKind]) -> RestoredPage:
    """What came back, and what became of links."""
    texts = _outcomes()
    counted = Counter(link.outcome for link in restored.links)
    found = _by_record(restored.links)
    rest = len(found) - SHOWN_RECORDS
    by_table = {kind.model.__tablename__: kind for kind in kinds.values()}
    return RestoredPage(
        heading=_("%(name)s is restored", name=status.title),
        rows=[Attribute(seal.table, format_number(seal.rows)) for seal in restored.tables],
        counts=[Attribute(text, format_number(counted[key])) for key, text in texts.items() if counted[key]],
        outcomes=[_outcome(links, by_table, texts) for links in found[:SHOWN_RECORDS]],
        more=_("And %(n)s more.", n=format_number(rest)) if rest > 0 else "",
        switch_on=f"{_url(status)}/plan?action=on" if status.installed and not status.pinned else "",
    )


def _by_record(links: Sequence[LinkOutcome]) -> list[list[LinkOutcome]]:
    found: dict[Hashable, list[LinkOutcome]] = {}
    for link in links:
        found.setdefault((link.target, link.old_id, link.outcome), []).append(link)
    return [*found.values()]


def _outcome(
    links: Sequence[LinkOutcome], kinds: Mapping[str, RecordKind], texts: Mapping[str, str]
) -> Outcome:
    first = links[0]
    kind = kinds.get(first.target)
    what = str(kind.label) if kind else first.target
    ids: dict[str, list[int]] = {}
    for link in links:
        ids.setdefault(f"{link.table}.{link.column}", []).append(link.row_id)
    return Outcome(
        title=f"{what}: {first.title}" if first.title else f"{what} {first.old_id}",
        url=f"{kind.url}/{first.new_id}" if kind and first.new_id else "",
        text=texts.get(first.outcome, first.outcome),
        rows=[Attribute(column, _some(found)) for column, found in ids.items()],
    )


def _some(ids: Sequence[int]) -> str:
    text = ", ".join(map(str, ids[:SHOWN_ROWS]))
    return f"{text} … ({format_number(len(ids))})" if len(ids) > SHOWN_ROWS else text


def _outcomes() -> Mapping[str, str]:
    return {
        "merged": _("Leads to the record it was merged into"),
        "relinked": _("Found again by its external id"),
        "detached": _("Empty now: the record is gone"),
        "left out": _("Row left out: what it belonged to is gone"),
        "dropped": _("Row left out: the record that survived the merge has one like it"),
    }


def _purge_refusal(status: Status, rows: Mapping[str, int], last: LastArchive | None) -> str:
    if refusal := _is_on(status):
        return refusal
    if not rows:
        return _("It has no tables any more.")
    if last is None:
        return _("There is no archive of it. Archive it first: a purge drops only what a file holds.")
    if last.size is None:
        return _("The archive %(file)s is not on this machine; bring it there first.", file=last.path.name)
    if dict(last.rows) != dict(rows):
        return _("Rows have changed since the archive was made; archive it anew first.")
    return ""


def _is_on(status: Status) -> str:
    on = status.state == State.ON
    return _("%(name)s is on; switch it off first.", name=status.title) if on else ""


def _rows(rows: Mapping[str, int]) -> list[Attribute]:
    return [Attribute(table, format_number(count)) for table, count in rows.items()]


def _archive(last: LastArchive | None) -> list[Attribute]:
    if last is None:
        return []
    found = [
        Attribute(_("File"), last.path.name),
        Attribute(_("Made"), format_datetime(last.at)),
        Attribute(_("Rows"), format_number(sum(last.rows.values()))),
        Attribute("SHA-256", last.sha256),
    ]
    where = size(last.size) if last.size is not None else _("Not on this machine")
    return [*found[:3], Attribute(_("Size"), where), found[3]]


def _url(status: Status) -> str:
    return f"/plugins/{quote(status.name, safe='')}"
