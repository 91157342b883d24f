"""``vinculo doctor``: what is wrong, and what to do."""

from __future__ import annotations

import importlib.resources
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

import click

from vinculo.accounts.external import serves_administrator
from vinculo.cli.lazy import FAILED, N_
from vinculo.cli.runtime import Runtime, pass_runtime, print_json
from vinculo.errors import VinculoError
from vinculo.i18n import DEFAULT_LANGUAGE, LANGUAGES
from vinculo.i18n import gettext as _
from vinculo.plugins.calling import Owned
from vinculo.plugins.contributions import Check
from vinculo.plugins.discovery import installed
from vinculo.settings import shown


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check saw; ``remedy`` says what to do where it is a problem."""

    check: str
    ok: bool
    message: str
    remedy: str = ""


def check_settings(runtime: Runtime) -> Finding:
    """They were read, or the command would not run."""
    file = runtime.settings.path
    return Finding("settings", ok=True, message=str(file) if file else _("defaults, no file"))


def check_database(runtime: Runtime) -> Finding:
    """Whether it can be reached."""
    url = shown("database.url", runtime.settings.database.url)
    remedy = _("Start the database, or set database.url.")
    try:
        runtime.database.ping()
    except VinculoError as error:
        return Finding("database", ok=False, message=error.message, remedy=remedy)
    return Finding("database", ok=True, message=url)


def check_migrations(runtime: Runtime) -> Finding:
    """Whether the schema is that of the program."""
    remedy = _("Run: vinculo db upgrade")
    try:
        runtime.require_current()
    except VinculoError as error:
        return Finding("migrations", ok=False, message=error.message, remedy=remedy)
    return Finding("migrations", ok=True, message=_("up to date"))


def check_plugins(runtime: Runtime) -> Finding:
    """Whether all that are on can be loaded, and none is quarantined."""
    remedy = _("Mend the plugin or its settings, then: vinculo plugins on NAME; or: vinculo plugins off NAME")
    faults = {plugin.name: plugin.fault for plugin in runtime.plugins() if plugin.fault}
    faults |= {name: fault.message for name, fault in runtime.registry.faults.items()}
    if faults:
        message = "; ".join(f"{name}: {fault}" for name, fault in faults.items())
        return Finding("plugins", ok=False, message=message, remedy=remedy)
    names = ", ".join(runtime.registry.plugins)
    return Finding("plugins", ok=True, message=names or _("none is on"))


def check_files(runtime: Runtime) -> Finding:
    """Whether uploads and exports can be written."""
    folder = runtime.settings.files.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        message = _("%(folder)s cannot be written: %(reason)s", folder=folder, reason=error.strerror)
        remedy = _("Let this user write there, or set files.folder.")
        return Finding("files", ok=False, message=message, remedy=remedy)
    return Finding("files", ok=True, message=str(folder))


def check_signin(runtime: Runtime) -> Finding:
    """Whether people can come in as the settings say."""
    settings = runtime.settings
    if not settings.security.local_signin:
        with runtime.database.read() as session:
            served = bool(settings.oidc.issuer) and serves_administrator(session, settings.oidc.issuer)
        if not served:
            message = _("security.local_signin is off, but no administrator has come in through [oidc] yet")
            remedy = _("Sign in through it as an administrator; until then passwords are taken.")
            return Finding("sign-in", ok=False, message=message, remedy=remedy)
    if settings.mail.host and not settings.server.public_url:
        message = _("there is a mail server, but no server.public_url that mailed links could begin with")
        return Finding("sign-in", ok=False, message=message, remedy=_("Set server.public_url."))
    return Finding("sign-in", ok=True, message=settings.oidc.issuer or _("by password"))


def check_languages(runtime: Runtime) -> Finding:
    """Whether the compiled catalogues of messages are there."""
    packages = ["vinculo", *(plugin.package for plugin in installed().values())]
    missing = [f"{package} {language}" for package in packages for language in _without(package)]
    if missing:
        message = _("no messages for %(missing)s", missing=", ".join(missing))
        return Finding("languages", ok=False, message=message, remedy=_("Install the package again."))
    return Finding("languages", ok=True, message=", ".join(LANGUAGES))


def _without(package: str) -> list[str]:
    folder = importlib.resources.files(package) / "locale"
    wanted = [language for language in LANGUAGES if language != DEFAULT_LANGUAGE]
    return [name for name in wanted if not (folder / name / "LC_MESSAGES" / "messages.mo").is_file()]


def of_plugin(check: Check, runtime: Runtime) -> Finding:
    """What a plugin that is on looks at itself."""
    with runtime.database.read() as session:
        faults = check.run(session)
    if faults:
        return Finding(check.name, ok=False, message="; ".join(faults), remedy=str(check.remedy))
    return Finding(check.name, ok=True, message=_("sound"))


CHECKS: Final[tuple[Callable[[Runtime], Finding], ...]] = (
    check_settings,
    check_database,
    check_migrations,
    check_plugins,
    check_files,
    check_signin,
    check_languages,
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help=N_("One JSON document."))
@click.pass_context
@pass_runtime
def doctor(runtime: Runtime, ctx: click.Context, as_json: bool) -> None:
    """Find out what is wrong and what to do.

    Exits with 1 when there is a problem.

    Example: vinculo doctor --json
    """
    findings = [_run(check, runtime) for check in CHECKS]
    if all(finding.ok for finding in findings if finding.check in ("database", "migrations")):
        findings += [
            _run(partial(of_plugin, one.item), runtime, one.item.name) for one in _of_plugins(runtime)
        ]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            _print(finding)
    if not all(finding.ok for finding in findings):
        ctx.exit(FAILED)


def _of_plugins(runtime: Runtime) -> Sequence[Owned[Check]]:
    """Nothing where plugins cannot be loaded, which is a finding of its own."""
    try:
        return runtime.registry.checks
    except VinculoError:
        return ()


def _run(check: Callable[[Runtime], Finding], runtime: Runtime, name: str = "") -> Finding:
    """A check that fails itself is a finding, too: the others must still run."""
    try:
        return check(runtime)
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is what the user is looking for
        name = name or getattr(check, "__name__", "").removeprefix("check_")
        message = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
        return Finding(name, ok=False, message=message, remedy=_("Mend the findings above first."))


def _print(finding: Finding) -> None:
    mark = click.style(_("ok"), fg="green") if finding.ok else click.style(_("problem"), fg="red", bold=True)
    click.echo(f"{mark}  {finding.check}: {finding.message}")
    if not finding.ok:
        click.echo(f"    → {finding.remedy}")
