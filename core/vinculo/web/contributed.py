"""Drawing what plugins add to pages of others; what fails becomes a stub, and the page stays whole."""

from __future__ import annotations

import logging
from collections.abc import Callable

from markupsafe import Markup, escape

from vinculo.db.isolating import isolated
from vinculo.i18n import gettext as _
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Composer, PanelContent
from vinculo.plugins.contributions import Panel as PanelSpec
from vinculo.plugins.contributions import Widget as WidgetSpec
from vinculo.plugins.guard import Spent
from vinculo.web import origins
from vinculo.web.context import Context
from vinculo.web.views import Origin, Panel

logger = logging.getLogger(__name__)


def widget(ctx: Context, owned: Owned[WidgetSpec]) -> Panel | None:
    """A box of the home page, if the user may see it and it has something to say."""
    return _draw(ctx, owned, f"widget {owned.item.name}", lambda: owned.item.render(ctx))


def panel(ctx: Context, owned: Owned[PanelSpec], record_id: int) -> Panel | None:
    """A box on the card of a record, likewise."""
    return _draw(ctx, owned, f"panel {owned.item.name}", lambda: owned.item.render(ctx, record_id))


def composer(ctx: Context, owned: Owned[Composer], client_id: int) -> Markup | None:
    """A form above the timeline of a client, or what says that it failed."""

    def render() -> PanelContent | None:
        html = owned.item.render(ctx, client_id)
        return None if html is None else PanelContent(html)

    drawn = _draw(ctx, owned, f"composer {owned.item.name}", render)
    return None if drawn is None else drawn.html


def _draw(
    ctx: Context,
    owned: Owned[PanelSpec] | Owned[WidgetSpec] | Owned[Composer],
    name: str,
    render: Callable[[], PanelContent | None],
) -> Panel | None:
    spec = owned.item
    if not ctx.actor.may(spec.permission):
        return None
    side = isinstance(spec, PanelSpec) and spec.side
    title = str(spec.label if isinstance(spec, Composer) else spec.title)
    place = ctx.route_path
    try:
        # A failed query must not spoil the page's transaction.
        with ctx.site.guard.watch(owned.plugin, place, limited=True) as spent, isolated(ctx.session):
            content = render()
    except Exception:
        logger.exception("%s of plugin %s failed", name, owned.plugin)
        text = _("This part, from the plugin %(plugin)s, failed. It has been logged.", plugin=owned.plugin)
        origin = _origin(ctx, spent)
        return Panel(title, escape(text), side=side, failed=True, origin=origin, name=spec.name)
    finally:
        ctx.costs.append(spent)
    if content is None:
        return None
    origin = _origin(ctx, spent)
    return Panel(title, content.html, side=side, count=content.count, origin=origin, name=spec.name)


def _origin(ctx: Context, spent: Spent) -> Origin | None:
    return origins.of(ctx, spent.plugin, price=(spent.seconds, spent.queries))
