"""What an erasure came to, in counts: a plan before it, a certificate after it; neither holds a value."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from sqlalchemy.orm import Session

from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.plugins import memory
from vinculo.privacy.findings import Findings

FORMAT: Final = 1


class Line(msgspec.Struct, frozen=True):
    """Rows of a table: emptied, deleted, or with a mention taken out."""

    table: str
    plugin: str
    done: str
    rows: int


class Kept(msgspec.Struct, frozen=True):
    """What has to stay, and why."""

    column: str
    reason: str
    rows: int


class ArchiveLine(msgspec.Struct, frozen=True):
    """An archive: rows that changed, its hash since; or the ``fault`` for which it could not be read."""

    file: str
    rows: int
    sha256: str
    fault: str


class Certificate(msgspec.Struct, frozen=True):
    """What was erased. ``hash`` is the SHA-256 of all else but ``event``, which tells of it in the log.

    ``subjects`` maps each table to the ids that were the person's; ``register`` is the key by which the
    erasure is done again to older backups.
    """

    format: int
    person: int
    subjects: dict[str, list[int]]
    at: str
    actor: str
    lines: list[Line]
    kept: list[Kept]
    archives: list[ArchiveLine]
    missing: list[str]
    files: int
    register: str
    event: int = 0
    hash: str = ""


def draw(session: Session, found: Findings) -> Certificate:
    """The plan: a certificate of what is not yet done."""
    titles = memory.titles(session)
    return Certificate(
        format=FORMAT,
        person=found.subject.person_id,
        subjects={table: sorted(ids) for table, ids in found.subject.ids.items()},
        at="",
        actor="",
        lines=_lines(found, titles),
        kept=[Kept(column, reason, count) for (column, reason), count in sorted(found.kept.items())],
        archives=[
            ArchiveLine(one.path.name, sum(one.rows.values()), "", one.fault) for one in found.archives
        ],
        missing=found.missing,
        files=len(found.traces.files),
        register="",
    )


def _lines(found: Findings, titles: Mapping[str, str]) -> list[Line]:
    counted = {(table, "emptied"): len(rows) for table, rows in found.emptied.items()}
    counted |= {(table, "deleted"): len(rows) for table, rows in found.reached.going.items()}
    counted |= {(table, "mentions"): len(rows) for table, rows in found.mentioned.items()}
    traces = found.traces
    counted |= {
        ("events_event", "emptied"): len(traces.events),
        ("events_timeline", "emptied"): len(traces.timeline),
        ("events_search", "emptied"): len(traces.search),
        ("events_trash", "emptied"): len(traces.trash),
        ("records_idempotency", "deleted"): len(traces.answers),
        ("records_import", "emptied"): len(traces.imports),
        ("records_merge_undo", "deleted"): len(traces.merges),
    }
    return [
        Line(table, titles.get(table.partition("_")[0], ""), done, rows)
        for (table, done), rows in sorted(counted.items())
        if rows
    ]


def sealed(drawn: Certificate) -> Certificate:
    """With the hash of all that it says."""
    text = msgspec.json.encode(msgspec.structs.replace(drawn, event=0, hash=""), order="deterministic")
    return msgspec.structs.replace(drawn, hash=hashlib.sha256(text).hexdigest())


def done_words() -> Mapping[str, str]:
    """What was done to rows, in words."""
    return {"emptied": _("emptied"), "deleted": _("taken away"), "mentions": _("mentions taken out")}


def beyond() -> list[str]:
    """What no erasure reaches."""
    return [
        _("Backups that were made before hold the person still; restoring one erases the person again."),
        _("Files that people took away, e.g. exports, and mails, lie outside."),
        _("The register knows a hash of the number of the record, and no value."),
    ]


def text(drawn: Certificate) -> str:
    """A certificate, or a plan, for people."""
    lines = [_("Certificate of erasure") if drawn.hash else _("Plan of an erasure: nothing was changed"), ""]
    lines.append(_("Person: %(id)s", id=drawn.person))
    lines += [f"{table}: {', '.join(map(str, ids))}" for table, ids in drawn.subjects.items()]
    if drawn.hash:
        lines += [
            _("Erased on %(at)s by %(actor)s", at=drawn.at, actor=drawn.actor),
            _(
                "Event %(number)s of the log; entry %(key)s of the register",
                number=drawn.event,
                key=drawn.register,
            ),
            f"SHA-256: {drawn.hash}",
        ]
    lines += ["", *(f"{rows:>10}  {what}" for rows, what in _tables(drawn))]
    return "\n".join([*lines, "", *(f"* {one}" for one in beyond())]) + "\n"


def _tables(drawn: Certificate) -> list[tuple[str, str]]:
    words = done_words()
    found = [(format_number(one.rows), f"{one.table}: {words[one.done]}") for one in drawn.lines]
    found += [
        (format_number(one.rows), f"{one.file}: {one.fault}" if one.fault else one.file)
        for one in drawn.archives
    ]
    if drawn.files:
        found.append((format_number(drawn.files), _("Files that are deleted")))
    for kept in drawn.kept:
        what = _("%(column)s stays: %(reason)s", column=kept.column, reason=kept.reason)
        found.append((format_number(kept.rows), what))
    found += [("-", _("%(file)s: not on this machine", file=name)) for name in drawn.missing]
    return found or [("", _("Nothing is left of the person."))]


def to_builtins(drawn: Certificate) -> dict[str, Any]:
    """As JSON builtins."""
    found: dict[str, Any] = msgspec.to_builtins(drawn)
    return found
