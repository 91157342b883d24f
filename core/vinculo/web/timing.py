"""The price of plugins on one page, as browsers show it in their network panel."""

from __future__ import annotations

import time
from typing import Final

from vinculo.web.context import Context

MANAGE_PLUGINS: Final = "plugins.manage"


def timing(ctx: Context) -> str:
    """The header Server-Timing: the whole, then each plugin with its milliseconds and queries."""
    total = time.perf_counter() - ctx.begun
    shares: dict[str, tuple[float, int]] = {}
    for spent in ctx.costs:
        seconds, queries = shares.get(spent.plugin, (0.0, 0))
        shares[spent.plugin] = (seconds + spent.seconds, queries + spent.queries)
    others = sum(seconds for seconds, _queries in shares.values())
    parts = [f"vinculo;dur={total * 1000:.1f}"]
    if ctx.plugin in ctx.registry.plugins and ctx.plugin not in shares:
        parts.append(f"{ctx.plugin};dur={(total - others) * 1000:.1f}")
    parts += [
        f'{plugin};dur={seconds * 1000:.1f};desc="{queries} queries"'
        for plugin, (seconds, queries) in sorted(shares.items())
        if plugin in ctx.registry.plugins
    ]
    return ", ".join(parts)
