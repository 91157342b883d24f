"""The price of plugins on one page, as browsers show it in their network panel."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from vinculo.web.context import Context

MANAGE_PLUGINS: Final = "plugins.manage"


def shares(ctx: Context) -> Mapping[str, tuple[float, int]]:
    """What each plugin has added to this page so far: seconds and queries."""
    found: dict[str, tuple[float, int]] = {}
    for spent in ctx.costs:
        if spent.plugin in ctx.registry.plugins:
            seconds, queries = found.get(spent.plugin, (0.0, 0))
            found[spent.plugin] = (seconds + spent.seconds, queries + spent.queries)
    return found


def timing(ctx: Context) -> str:
    """The header Server-Timing: the whole, then each plugin with its milliseconds and queries."""
    total = time.perf_counter() - ctx.begun
    others = sum(spent.seconds for spent in ctx.costs)
    found = shares(ctx)
    parts = [f"vinculo;dur={total * 1000:.1f}"]
    if ctx.plugin in ctx.registry.plugins and ctx.plugin not in found:
        parts.append(f"{ctx.plugin};dur={(total - others) * 1000:.1f}")
    parts += [
        f'{plugin};dur={seconds * 1000:.1f};desc="{queries} queries"'
        for plugin, (seconds, queries) in sorted(found.items())
    ]
    return ", ".join(parts)
