"""``vinculo secrets``: the keys that encrypt what is stored."""

from __future__ import annotations

import click

from vinculo.cli.lazy import N_
from vinculo.cli.runtime import Runtime, pass_runtime
from vinculo.db.encrypted import reencrypt
from vinculo.encryption import new_key, open_cipher
from vinculo.i18n import ngettext


@click.group()
def secrets() -> None:
    """Make and replace the keys that encrypt secrets.

    To replace a key: put a new one before the old one in security.secret_key or its file, restart, run
    “vinculo secrets rotate”, then remove the old one.
    """


@secrets.command("key")
def key() -> None:
    """Print a new key for security.secret_key.

    Example: VINCULO_SECURITY__SECRET_KEY=$(vinculo secrets key)
    """
    click.echo(new_key())


@secrets.command("rotate", short_help=N_("Encrypt everything anew with the first key."))
@pass_runtime
def rotate(runtime: Runtime) -> None:
    """Encrypt everything anew with the first key; older ones can then be removed.

    Example: vinculo secrets rotate
    """
    runtime.require_current()
    security = runtime.settings.security
    _known = runtime.registry  # plugins that are on bring columns of their own
    cipher = open_cipher(security.secret_key, security.secret_key_file)
    with runtime.database.write() as session:
        count = reencrypt(session, cipher)
    click.echo(
        ngettext(
            "%(n)s secret is encrypted with the first key.",
            "%(n)s secrets are encrypted with the first key.",
            count,
        )
    )
