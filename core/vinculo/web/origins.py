"""“Why is this here?”: which plugin each part of a page comes from, for administrators who ask.

While nobody asks, no tag is made and nothing is looked up.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from vinculo import __version__
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.plugins.contributions import Part
from vinculo.plugins.registry import Registry
from vinculo.web.timing import MANAGE_PLUGINS, shares
from vinculo.web.views import Origin

if TYPE_CHECKING:
    from vinculo.web.context import Context

WHY_COOKIE: Final = "vinculo_why"
KERNEL: Final = "Vinculo"


def may_ask(ctx: Context) -> bool:
    """Whether the user may see where everything comes from."""
    return ctx.identity is not None and ctx.identity.actor.may(MANAGE_PLUGINS)


def asks(ctx: Context) -> bool:
    """Whether the user wants to see it, too."""
    return bool(ctx.cookie(WHY_COOKIE)) and may_ask(ctx)


def of(ctx: Context, owner: str, *, price: tuple[float, int] | None = None) -> Origin | None:
    """The tag of a part of this plugin or domain of the kernel; None unless the user asks.

    ``price`` is what it took: seconds and queries.
    """
    if not asks(ctx):
        return None
    return described(ctx.registry, owner, note=_priced(*price) if price else "")


def of_part(ctx: Context, part: Part, name: str) -> Origin | None:
    """The tag of a part, by its name in a plan."""
    return of(ctx, ctx.registry.owners.get((part, name), ""))


def of_kind(ctx: Context, kind: str) -> Origin | None:
    """The tag of what a kind of record has."""
    return of(ctx, ctx.registry.kind_owners.get(kind, ""))


def of_page(ctx: Context) -> list[Origin]:
    """Whose the page itself is, then what each plugin has added to it so far."""
    if not asks(ctx):
        return []
    own = described(ctx.registry, ctx.plugin)
    others = shares(ctx)
    return [own, *(described(ctx.registry, name, note=_priced(*others[name])) for name in sorted(others))]


def described(registry: Registry, owner: str, *, note: str = "") -> Origin:
    """A plugin by title and version; whatever is no plugin is the kernel's."""
    plugin = registry.plugins.get(owner)
    if plugin is None or plugin.manifest is None:
        return Origin("", KERNEL, __version__, "/plugins", note)
    manifest = plugin.manifest
    return Origin(owner, str(manifest.title), manifest.version, f"/plugins#{owner}", note)


def _priced(seconds: float, queries: int) -> str:
    ms = format_number(Decimal(f"{seconds * 1000:.1f}"))
    return _("%(ms)s ms · queries: %(queries)s", ms=ms, queries=queries)
