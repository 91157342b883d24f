"""The group behind ``vinculo``: commands by name, errors as one line, texts in the user's language."""

from __future__ import annotations

import copy
import gettext
import importlib
import inspect
import os
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from vinculo.cli.options import Options
from vinculo.errors import ConfigError, VinculoError
from vinculo.i18n import DEFAULT_LANGUAGE, current_language, negotiate, use_locale
from vinculo.i18n import gettext as _

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130
CLICK_LANGUAGE = "LANGUAGE"

C = TypeVar("C", bound=click.Command)


def N_(message: str) -> str:  # noqa: N802 -- the name by which message extractors know it
    """Mark a text that is translated when it is shown."""
    return message


class LazyGroup(click.Group):
    """Commands from a table: name → (``module:attribute``, short help).

    The short help stands in the table so that ``--help`` imports no command. A name that the table
    lacks is looked for among the commands of the plugins that are on.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.table = dict(table or {})

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run a command line, and leave the environment as it was."""
        before = os.environ.get(CLICK_LANGUAGE)
        gettext.bindtextdomain("messages", str(Path(__file__).parents[1] / "locale"))
        try:
            return super().main(*args, **extra)
        finally:
            os.environ.pop(CLICK_LANGUAGE, None)
            if before is not None:
                os.environ[CLICK_LANGUAGE] = before

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return [*self.table]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        found = self._built_in(cmd_name) or self._of_plugin(ctx, cmd_name)
        if found is None or current_language() == DEFAULT_LANGUAGE:
            return found
        return translated(found, _)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest a name of the table for one that is unknown."""
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=self.table, ctx=ctx) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Speak the language of the environment before anything is parsed."""
        speak(ctx, _environment_language())
        try:
            return super().parse_args(ctx, args)
        except BaseException:
            ctx.close()  # click leaves it open, and with it the language
            raise

    def get_help(self, ctx: click.Context) -> str:
        """The help, translated."""
        return click.Group.get_help(translated(self, _), ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table; nothing is imported."""
        with formatter.section(_("Commands")):
            formatter.write_dl([(name, _(summary)) for name, (_target, summary) in self.table.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error becomes one line and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except click.Abort as error:
            if isinstance(error.__context__, KeyboardInterrupt):
                ctx.exit(INTERRUPTED)
            raise
        except ConfigError as error:
            _fail(ctx, error.message, WRONG_USE)
        except VinculoError as error:
            _fail(ctx, error.message, FAILED)
        except Exception as error:  # noqa: BLE001 -- the last resort: a line instead of a traceback
            _fail(ctx, _unexpected(error), FAILED)

    def _built_in(self, name: str) -> click.Command | None:
        if name not in self.table:
            return None
        module, _colon, attribute = self.table[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def _of_plugin(self, ctx: click.Context, name: str) -> click.Command | None:
        if ctx.resilient_parsing or name.startswith("-"):
            return None
        from vinculo.cli.runtime import plugin_command  # noqa: PLC0415 -- the database is not for --help

        return plugin_command(ctx, name)


def speak(ctx: click.Context, language: str) -> None:
    """Speak a language till the end of the command.

    Click translates its own texts with gettext, which asks the environment for the language; they are in
    the kernel's catalogues.
    """
    os.environ[CLICK_LANGUAGE] = ctx.with_resource(use_locale(language))


def translated(command: C, translate: Callable[[str], str]) -> C:
    """A copy of a command whose help, and that of its options and subcommands, went through ``translate``.

    Collect the texts of a command by passing a function that keeps what it is given.
    """
    twin = copy.copy(command)
    twin._help_option = None  # noqa: SLF001 -- made anew, or it stays in the language of its first use
    twin.help = translate(inspect.cleandoc(command.help)) if command.help else command.help
    twin.short_help = translate(command.short_help) if command.short_help else command.short_help
    twin.params = [_translated_option(param, translate) for param in command.params]
    if isinstance(command, click.Group) and isinstance(twin, click.Group):
        twin.commands = {name: translated(inner, translate) for name, inner in command.commands.items()}
    return twin


def _translated_option(param: click.Parameter, translate: Callable[[str], str]) -> click.Parameter:
    if not isinstance(param, click.Option) or not param.help:
        return param
    twin = copy.copy(param)
    twin.help = translate(param.help)
    return twin


def _environment_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return negotiate(value)
    return DEFAULT_LANGUAGE


def _unexpected(error: Exception) -> str:
    return _(
        "Unexpected %(type)s: %(reason)s. Type vinculo --verbose before the command to see the traceback.",
        type=type(error).__name__,
        reason=str(error).strip().partition("\n")[0].rstrip("."),
    )


def _fail(ctx: click.Context, message: str, code: int) -> NoReturn:
    options = ctx.find_root().obj
    if isinstance(options, Options) and options.verbose:
        click.echo(traceback.format_exc(), err=True, nl=False)
    click.echo(click.style(_("Error: "), fg="red", bold=True) + " ".join(message.split()), err=True)
    ctx.exit(code)
