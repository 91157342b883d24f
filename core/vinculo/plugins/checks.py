"""What only shows once all kinds of records are there: links, facts and conditions about them."""

from __future__ import annotations

from vinculo.i18n import gettext as _
from vinculo.plugins.faults import PluginError, second
from vinculo.plugins.registry import Registry


def check_links(registry: Registry) -> None:
    """Raise ``PluginError`` for a kind of record with a link to a kind that there is not."""
    for kind in registry.kinds.values():
        fields = [*kind.links(), *(link for collection in kind.collections for link in collection.links())]
        for field_ in fields:
            if field_.kind not in registry.kinds:
                text = _(
                    "The plugin %(name)s links %(field)s to a kind of record “%(kind)s” that there is not."
                )
                owner = registry.kind_owners[kind.name]
                values = {"name": owner, "field": f"{kind.name}.{field_.name}", "kind": field_.kind}
                raise PluginError(owner, text % values)


def check_facts(registry: Registry) -> None:
    """Raise ``PluginError`` for a fact about a kind that there is not, or one named as a field of it."""
    for about, facts in registry.facts.items():
        kind = registry.kinds.get(about)
        for owned in facts:
            name = owned.item.field.name
            if kind is None:
                text = _(
                    "The plugin %(name)s has a fact %(fact)s about a kind of record “%(kind)s” "
                    "that there is not."
                )
                raise PluginError(owned.plugin, text % {"name": owned.plugin, "fact": name, "kind": about})
            if any(field.name == name for field in kind.fields):
                raise second(owned.plugin, _("fact"), name)
    for about, criteria in registry.criteria.items():
        names = {field.name for field in registry.kinds[about].fields} if about in registry.kinds else None
        for criterion in criteria:
            if names is None or criterion.item.field.name in names:
                raise second(criterion.plugin, _("condition"), criterion.item.field.name)
