"""What a command works with: settings, database, registry, each opened when it is first asked for."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

import click
from sqlalchemy.exc import DBAPIError

from vinculo.cli.options import Options
from vinculo.db.engine import Database
from vinculo.db.histories import History
from vinculo.errors import ConfigError, VinculoError
from vinculo.i18n import current_language, use_locale
from vinculo.i18n import gettext as _
from vinculo.settings import Settings, load, origin

if TYPE_CHECKING:
    from vinculo.app import Host, Switchboard
    from vinculo.db.migrations import Applied
    from vinculo.plugins.costs import PluginCost
    from vinculo.plugins.registry import Registry
    from vinculo.plugins.switch import Pins, Status
    from vinculo.privacy.erasing import House

P = ParamSpec("P")
R = TypeVar("R")

BUSY_TIMEOUT_MS = 30_000  # a command waits longer than a request for its turn to write


@dataclass
class Runtime:
    """Opened by ``open_runtime``; closed when the command ends."""

    settings: Settings

    @cached_property
    def database(self) -> Database:
        """The database, known to be reachable. Raises ``ConfigError`` naming where its address stands."""
        try:
            database = Database(self.settings.database.url, busy_timeout_ms=BUSY_TIMEOUT_MS)
            database.ping()
        except ConfigError as error:
            raise ConfigError(f"{self._address()}: {error.message}") from error
        except (OSError, DBAPIError) as error:
            reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise ConfigError(
                _(
                    "%(where)s: the database cannot be opened: %(reason)s. Set database.url.",
                    where=self._address(),
                    reason=reason,
                )
            ) from error
        return database

    @cached_property
    def in_force(self) -> Settings:
        """The settings with what the company chose in the pages, where there is a database that says so."""
        from vinculo.company.service import in_force  # noqa: PLC0415 -- few commands need it

        file = self.settings.database.file
        if file and not file.exists():  # looking would create it
            return self.settings
        try:
            return in_force(self.settings, self.database)
        except (VinculoError, DBAPIError):
            return self.settings

    @cached_property
    def histories(self) -> Sequence[History]:
        """The migrations of the kernel and of every installed plugin."""
        from vinculo.app import all_histories  # noqa: PLC0415 -- brings the web framework along

        return all_histories()

    @cached_property
    def registry(self) -> Registry:
        """All that the kernel and the plugins that are on contribute."""
        from vinculo.app import load_registry  # noqa: PLC0415 -- see histories
        from vinculo.plugins import present  # noqa: PLC0415 -- see histories

        registry = load_registry(self.settings, self.database)
        present.tell(self.database, registry)
        return registry

    @cached_property
    def pins(self) -> Pins:
        """The plugins that the configuration holds on or off."""
        from vinculo.plugins.switch import Pins  # noqa: PLC0415 -- few commands switch plugins

        return Pins.of(self.settings)

    @cached_property
    def host(self) -> Host:
        """What apps are made on."""
        from vinculo.app import Host  # noqa: PLC0415 -- see histories

        return Host.of(self.settings, self.database)

    @cached_property
    def switchboard(self) -> Switchboard:
        """What plans and throws the switches of plugins."""
        from vinculo.app import Switchboard, assemble  # noqa: PLC0415 -- see histories

        return Switchboard(self.host, assemble)

    @property
    def house(self) -> House:
        """Where persons are exported and erased."""
        from vinculo.privacy.erasing import House  # noqa: PLC0415 -- few commands need it

        kinds = {kind.name: kind.model.__tablename__ for kind in self.registry.kinds.values()}
        return House(self.database, self.settings.files.folder, kinds)

    def plugins(self) -> Sequence[Status]:
        """All plugins, as they are now."""
        from vinculo.plugins.discovery import installed  # noqa: PLC0415 -- few commands ask for all
        from vinculo.plugins.switch import statuses  # noqa: PLC0415 -- few commands ask for all

        with self.database.read() as session:
            return statuses(session, installed(), self.pins)

    def prices(self, names: Sequence[str] | None = None) -> Sequence[PluginCost]:
        """What these plugins cost, or all of them; those that are on are loaded for it.

        Raises ``NotFoundError`` for a name that is unknown.
        """
        from vinculo.app import assemble_sound, enabled  # noqa: PLC0415 -- see histories
        from vinculo.plugins import costs, discovery, switch  # noqa: PLC0415 -- few commands ask for all

        known = [status.name for status in self.plugins()]
        for name in names or ():
            if name not in known:
                raise switch.unknown(discovery.installed(), name)
        app = assemble_sound(self.host, enabled(self.settings, self.database))
        with self.database.read() as session:
            found = costs.of_all(session, app.state.site.registry, names or known)
        return [*found.values()]

    @property
    def enabled_histories(self) -> Sequence[History]:
        """The migrations of the kernel and of the plugins that are on: those the server needs."""
        from vinculo.app import enabled_histories  # noqa: PLC0415 -- see histories

        return enabled_histories(self.settings, self.database)

    def require_current(self, *, safe: bool = False) -> None:
        """Raise ``SchemaError``, which says what to run, if a history that is needed is not at its head.

        ``safe``: that of the kernel alone is needed.
        """
        from vinculo.app import KERNEL_HISTORY  # noqa: PLC0415 -- see histories
        from vinculo.db.histories import require_current  # noqa: PLC0415 -- alembic

        require_current(self.database, [KERNEL_HISTORY] if safe else self.enabled_histories)
        if ctx := click.get_current_context(silent=True):  # from here on times are the company's
            zone = self.in_force.company.time_zone
            ctx.find_root().with_resource(use_locale(current_language(), zone))

    def upgrade(self, *, safe: bool = False) -> int:
        """Bring the kernel and the plugins that are on to their heads; how many migrations that took.

        ``safe``: the kernel alone. A plugin that is off keeps its tables as they are until it is switched
        on. One that cannot be migrated is quarantined, and the others go on.
        """
        from vinculo.app import KERNEL_HISTORY, prepare_jobs  # noqa: PLC0415 -- see histories
        from vinculo.db import migrations  # noqa: PLC0415 -- alembic

        # The kernel first: its table says which plugins are on.
        kernel = migrations.upgrade(self.database, [KERNEL_HISTORY], _report, prepare=[prepare_jobs])
        return len(kernel) + (0 if safe else self.switchboard.upgrade(_report, _complain))

    def close(self) -> None:
        """Close what was opened."""
        if "database" in self.__dict__:
            self.database.close()

    def _address(self) -> str:
        """Where the address of the database stands: a file or a variable."""
        where = origin(self.settings, "database.url")
        return where.partition(":")[2] or "database.url"


def open_runtime(ctx: click.Context) -> Runtime:
    """The runtime of the running command: settings are read once, times shown in the company's zone."""
    root = ctx.find_root()
    if not isinstance(runtime := root.meta.get(__name__), Runtime):
        options = root.obj if isinstance(root.obj, Options) else Options()
        runtime = root.meta[__name__] = Runtime(load(options.config))
        root.with_resource(use_locale(current_language(), runtime.settings.company.time_zone))
        root.call_on_close(runtime.close)
    return runtime


def pass_runtime(command: Callable[Concatenate[Runtime, P], R]) -> Callable[P, R]:
    """Give a command its ``Runtime`` as first argument."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        return command(open_runtime(click.get_current_context()), *args, **kwargs)

    return run


def plugin_command(ctx: click.Context, name: str) -> click.Command | None:
    """A command of a plugin that is on; None also where no database says which are."""
    runtime = open_runtime(ctx)
    file = runtime.settings.database.file
    if file and not file.exists():  # looking would create it
        return None
    try:
        return runtime.registry.commands.get(name)
    except (VinculoError, DBAPIError):
        return None


def print_json(document: Any) -> None:
    """One JSON document on stdout, for a program."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int | None = None) -> None:
    """Columns as wide as their contents; after the first ``texts`` columns come numbers, to the right."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        cells = [cell.ljust(width) for cell, width in zip(row[:texts], widths, strict=False)]
        cells += [cell.rjust(width) for cell, width in zip(row, widths, strict=True)][len(cells) :]
        click.echo("  ".join(cells).rstrip())


def _complain(text: str) -> None:
    click.echo(click.style(_("Error: "), fg="red", bold=True) + text, err=True)


def _report(step: Applied) -> None:
    click.echo(f"{step.history} {step.revision}  {step.title}", err=True)
