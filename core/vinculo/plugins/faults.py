"""What keeps a plugin from being used."""

from __future__ import annotations

from vinculo.containment import ExitedError
from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _


class PluginError(ConfigError):
    """One plugin is at fault; the rest can go on without it.

    ``own`` is False where the cause lies elsewhere, e.g. in a plugin that it requires or in a package
    that this host lacks: it comes back by itself, so it is not quarantined for it. ``clash``: it claims
    what another has already, so to switch it on is refused.
    """

    code = "plugin_fault"

    def __init__(self, plugin: str, message: str, *, own: bool = True, clash: bool = False) -> None:
        super().__init__(message)
        self.plugin = plugin
        self.own = own
        self.clash = clash


def one_line(error: BaseException) -> str:
    """An exception as one line for people: its type and what it says."""
    if isinstance(error, ExitedError):
        return str(error)
    return " ".join(f"{type(error).__name__}: {error}".split())


def failure(plugin: str, hook: str, error: Exception) -> PluginError:
    """That one of its hooks raised."""
    text = _("The plugin %(name)s failed in its hook %(hook)s: %(fault)s")
    return PluginError(plugin, text % {"name": plugin, "hook": hook, "fault": one_line(error)})


def second(plugin: str, what: str, key: str) -> PluginError:
    """That there is one of that name already."""
    text = _("The plugin %(name)s adds a second %(what)s “%(key)s”.", name=plugin, what=what, key=key)
    return PluginError(plugin, text, clash=True)
