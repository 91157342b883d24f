"""``vinculo mailings receive``: what a mail server hands over."""

from __future__ import annotations

import sys

import click

from vinculo.cli.runtime import Runtime, pass_runtime
from vinculo.i18n import gettext as _
from vinculo_mailings import bounces


@click.group("mailings")
def mailings() -> None:
    """Take in what comes back to mailings."""


@mailings.command("receive")
@pass_runtime
def receive(runtime: Runtime) -> None:
    """Take in a mail that came back, or that answers a mailing, from standard input.

    For mail servers that hand a mail to a program. One of which nothing is to be noted is no fault.

    Example: vinculo mailings receive < FILE
    """
    mail = bounces.read(sys.stdin.buffer.read(bounces.LARGEST))
    runtime.require_current()
    with runtime.database.write() as session:
        taken = bounces.take(session, mail)
    if taken.answers:
        click.echo(_("It answers a message of ours."))
    elif taken.addresses:
        click.echo(_("An address was marked: mail to it came back."))
    else:
        click.echo(_("It is about no message of ours."))
