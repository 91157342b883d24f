"""What the mailings plugin adds to Vinculo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from vinculo.jobs import JobHandler, Schedule
from vinculo.plugins import contributions as give
from vinculo.plugins.hookspecs import hookimpl
from vinculo.plugins.registry import Registry
from vinculo.records.kind import RecordKind
from vinculo_mailings import demo, parts


@hookimpl
def record_kinds() -> Sequence[RecordKind]:
    """Templates, lists, consents, returned addresses, mailings, and what was sent."""
    return parts.KINDS


@hookimpl
def routers() -> Sequence[parts.ControllerRouterHandler]:
    """Previews, audiences, starting and stopping, results; what recipients reach."""
    return parts.ROUTES


@hookimpl
def permissions() -> Sequence[give.Permission]:
    """Starting and stopping."""
    return parts.PERMISSIONS


@hookimpl
def menu_items() -> Sequence[give.MenuItem]:
    """Results."""
    return parts.MENU


@hookimpl
def panels() -> Sequence[give.Panel]:
    """Sending and audience of a mailing; what a client got."""
    return parts.PANELS


@hookimpl
def facts() -> Sequence[give.Fact]:
    """When a client was last written to, and whether it opted out."""
    return parts.FACTS


@hookimpl
def list_actions() -> Sequence[give.ListAction]:
    """A mailing to the clients of a list."""
    return parts.LIST_ACTIONS


@hookimpl
def sms_gateways() -> Sequence[parts.SmsGateway]:
    """By HTTP and by SMPP."""
    return parts.GATEWAYS


@hookimpl
def subscriptions() -> Sequence[parts.Subscription]:
    """What happens, for mailings by event."""
    return parts.SUBSCRIPTIONS


@hookimpl
def job_handlers() -> Mapping[str, JobHandler]:
    """What is due, sending, trying a letter out, reading the mailbox."""
    return parts.JOBS


@hookimpl
def schedules() -> Sequence[Schedule]:
    """Each minute what is due, and what came back."""
    return parts.SCHEDULES


settings_model = hookimpl(lambda: parts.MailingSettings)  # the table [mailings]
commands = hookimpl(lambda: parts.COMMANDS)  # taking in what a mail server hands over


@hookimpl
def demo_files(folder: Path, seed: int, today: date) -> Sequence[give.DemoFile]:
    """Templates, lists and consents of the sample company."""
    return demo.write(folder, seed, today)


@hookimpl
def demo_filled(session: Session, registry: Registry) -> None:
    """Two mailings."""
    demo.fill(session, registry)
