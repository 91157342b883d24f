"""Events in people's words: whose, of what, and what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from vinculo.events.models import Event
from vinculo.i18n import gettext as _
from vinculo.records import access, snapshots
from vinculo.records.cards import titles
from vinculo.records.kind import RecordKind
from vinculo.records.words import Words, action_label, add_linked, source_label
from vinculo.web.context import Context
from vinculo.web.history_views import Change


def actions(kinds: Mapping[str, RecordKind]) -> Mapping[str, str]:
    """What can have been done to records of these kinds, and else."""
    told = ("created", "changed", "undone", "deleted", "restored", "merged")
    known = {name: action_label(name) for name in told}
    return {**_own(kinds), **known, **_others(), **_of_accounts()}


def _own(kinds: Mapping[str, RecordKind]) -> dict[str, str]:
    """What plugins call what they log; that of several kinds has the names of all."""
    labels: dict[str, list[str]] = {}
    for kind in kinds.values():
        for name, label in kind.events.items():
            labels.setdefault(name, []).append(str(label))
    return {name: " · ".join(dict.fromkeys(all_)) for name, all_ in labels.items()}


def _others() -> dict[str, str]:
    return {
        "viewed": _("Viewed"),
        "searched": _("Searched"),
        "refused": _("Refused"),
        "revealed": _("Shown on request"),
        "exported": _("Exported"),
        "export cut off": _("Export cut off"),
        "export asked for": _("Export asked for"),
        "export approved": _("Export approved"),
        "export declined": _("Export declined"),
        "export withdrawn": _("Export withdrawn"),
        "switched on": _("Switched on"),
        "switched off": _("Switched off"),
        "quarantined": _("Set aside"),
        "archived": _("Archived"),
        "purged": _("Purged"),
        "erased": _("Values erased"),
        "job cancelled": _("Job cancelled"),
        "job tried again": _("Job tried again"),
        "alarm raised": _("Alarm raised"),
        "alarm acknowledged": _("Alarm acknowledged"),
        "canary added": _("Canary client added"),
        "canary removed": _("Canary client removed"),
    }


def _of_accounts() -> dict[str, str]:
    return {
        "signed in": _("Signed in"),
        "sign-in failed": _("Sign-in failed"),
        "signed out": _("Signed out"),
        "session ended": _("Session ended"),
        "sessions ended": _("Sessions ended"),
        "enabled": _("Enabled"),
        "disabled": _("Disabled"),
        "left": _("Left the company"),
        "password changed": _("Password changed"),
        "password reset": _("Password reset"),
        "reset link made": _("Reset link made"),
        "factor added": _("Second factor added"),
        "factor removed": _("Second factor removed"),
        "factors removed": _("Second factors removed"),
        "recovery codes made": _("Recovery codes made"),
        "recovery code used": _("Recovery code used"),
        "identity linked": _("Sign-in account linked"),
        "identity unlinked": _("Sign-in account unlinked"),
        "token made": _("API token made"),
        "token revoked": _("API token revoked"),
    }


def kinds(ctx: Context) -> Mapping[str, str]:
    """What events are about."""
    own = {name: str(kind.label) for name, kind in ctx.registry.kinds.items()}
    return {
        **own,
        "plugin": _("Plugin"),
        "event": _("Event log"),
        "request": _("Request"),
        "job": _("Background job"),
        "alarm": _("Alarm"),
        "canary": _("Canary client"),
        "company": _("Company"),
        "custom_field": _("Custom field"),
        "saved_view": _("Saved view"),
    }


def hidden_fields(ctx: Context, events: Sequence[Event]) -> Mapping[str, AbstractSet[str]]:
    """What the reader does not see of the kinds that events are about, or only on request."""
    found = {event.kind: ctx.registry.kinds.get(event.kind) for event in events}
    return {name: access.hidden(kind, ctx.actor) for name, kind in found.items() if kind is not None}


@dataclass(frozen=True, slots=True)
class Wording:
    """The words for some events, with the names they need: one query for each kind."""

    kinds: Mapping[str, RecordKind]
    labels: Mapping[str, str]
    names: Mapping[tuple[str, int], str]
    hidden: Mapping[str, AbstractSet[str]]

    @classmethod
    def of(cls, ctx: Context, events: Sequence[Event]) -> Wording:
        """Look up what these events need."""
        wanted = {
            "user": {event.actor_id for event in events if event.actor_id is not None},
            "client": {event.client_id for event in events if event.client_id is not None},
        }
        for event in events:
            if kind := ctx.registry.kinds.get(event.kind):
                add_linked(kind, event.changes, wanted)
        names = titles(ctx, {name: ids for name, ids in wanted.items() if ids})
        return cls(ctx.registry.kinds, kinds(ctx), names, hidden_fields(ctx, events))

    def actor(self, event: Event) -> str:
        """Who did it."""
        return self.names.get(("user", event.actor_id or 0), _("Vinculo"))

    def client(self, event: Event) -> str:
        """The client it is about, by the present name; nothing where that says the same as the record."""
        if event.client_id is None or event.kind == "client":
            return ""
        return self.names.get(("client", event.client_id), str(event.client_id))

    def record(self, event: Event) -> str:
        """What it is about, as that was called then."""
        label = self.kind_label(event.kind)
        return f"{label}: {event.title}" if label and event.title else label or event.title

    def has_card(self, event: Event) -> bool:
        """Whether the record may still be there to look at."""
        kind = self.kinds.get(event.kind)
        return kind is not None and kind.exposed and event.record_id > 0

    def kind_label(self, name: str) -> str:
        """A kind of record."""
        return self.labels.get(name, name)

    def action(self, event: Event) -> str:
        """What was done."""
        kind = self.kinds.get(event.kind)
        own = kind.events.get(event.action) if kind is not None else None
        return self.action_label(event.action) if own is None else str(own)

    def action_label(self, name: str) -> str:
        """The name of an action."""
        return actions(self.kinds).get(name, name)

    def source(self, event: Event) -> str:
        """By which door."""
        return source_label(event.source, event.via)

    def changes(self, event: Event) -> list[Change]:
        """Field by field; what was counted by kinds of records is called as these are."""
        hidden = self.hidden.get(event.kind, frozenset())
        shown = snapshots.seen(event.changes, hidden)
        found = Words(self.kinds.get(event.kind), self.names).changes(shown)
        return [replace(change, label=self.labels.get(change.label, change.label)) for change in found]

    def summary(self, event: Event) -> str:
        """All changes in one line."""
        return "; ".join(map(_in_line, self.changes(event)))


def _in_line(change: Change) -> str:
    if change.rows:
        signs = {"added": "+", "removed": "-", "changed": "~"}
        return f"{change.label}: {', '.join(f'{signs[row.tone]}{row.text}' for row in change.rows)}"
    if change.before:
        return f"{change.label}: {change.before} → {change.after or '—'}"
    return f"{change.label}: {change.after}"
