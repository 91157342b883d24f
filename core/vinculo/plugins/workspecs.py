"""The rest of the contract with plugins: what works without being looked at, and the sample company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from vinculo.plugins.hookspecs import hookspec

if TYPE_CHECKING:
    import click
    from pydantic import BaseModel
    from sqlalchemy.orm import Session

    from vinculo.jobs import JobHandler, Schedule
    from vinculo.plugins.contributions import (
        Check,
        DemoFile,
        Performer,
        Pricer,
    )
    from vinculo.plugins.listening import ConsentSource, Outcome, Seller, SmsGateway, Subscription
    from vinculo.plugins.promising import Promise
    from vinculo.plugins.registry import Registry


@hookspec
def performers() -> Iterable[Performer]:
    """Carry out what was asked for and approved elsewhere: a return, a credit note, a replacement.

    Called when an app is built; ``perform`` when somebody approves such an action, in that transaction.
    Of an action there is one, and one of all others, ``*``. Where there is none, people tick it off.

    Example::

        @hookimpl
        def performers():
            yield Performer("return", _l("Receipt of goods"), receipts.from_approved)
    """
    return ()


@hookspec
def pricers() -> Iterable[Pricer]:
    """Say what is sold and what it costs, for the lines of documents: deals, quotations, orders.

    Called when an app is built; there is one. Kinds that have such lines ask ``registry.pricer`` in their
    ``beside``; where there is none, their lines are plain text.

    Example::

        @hookimpl
        def pricers():
            yield Pricer("product", pricer.price, discounts.limit_of, pricer.ratio, "variant")
    """
    return ()


@hookspec
def promises() -> Iterable[Promise]:
    """Say which records promise goods to a client, such as deals that are won.

    Called when an app is built; of a kind there is one. Plugins that have goods read the event log for what
    promises them, and ask ``goods`` for the lines of the record; those that charge for goods make invoices
    of them.

    Example::

        @hookimpl
        def promises():
            yield Promise("deal", made=("won",), dropped=("lost", "reopened"), goods=queries.goods)
    """
    return ()


@hookspec
def subscriptions() -> Iterable[Subscription]:
    """Be told of what happens, whichever plugin it happens in: what the event log says, in its order.

    Called when an app is built; ``wants`` and ``deliver`` each minute in a background job. A subscription is
    told of what happens from the first time on that it is there. What happened while its plugin was off is
    told once it is on again: look at the time of an event where that matters.

    Example::

        @hookimpl
        def subscriptions():
            yield Subscription("mailings.by_event", planning.wanted_events, planning.begin_by_event)
    """
    return ()


@hookspec
def consents() -> Iterable[ConsentSource]:
    """Tell those who send marketing who agreed to it, and who took that back.

    Called when an app is built; ``words`` when an audience is looked at, and again right before each handful
    of messages goes out. It reads, and takes part in the transaction of the caller; what it raises keeps the
    mailing from going on.

    Example::

        @hookimpl
        def consents():
            yield ConsentSource("marketing.forms", queries.words)
    """
    return ()


@hookspec
def outcomes() -> Iterable[Outcome]:
    """Say what clients may do that others would count as a success of theirs: deals that are won, payments.

    Called when an app is built. Plugins that do something for clients, such as writing to them, ask
    ``vinculo.records.outcomes`` what followed, of what their reader may see. An outcome of a kind that there
    is not is passed over; conditions that its kind does not know raise when they are asked.

    Example::

        @hookimpl
        def outcomes():
            won = (("state", "won"),)
            yield Outcome("deals.won", _l("Deals won"), "deal", "closed_on", "base_amount", where=won)
    """
    return ()


@hookspec
def sellers() -> Iterable[Seller]:
    """Say who sells: the head of what is printed for clients, and where they pay to.

    Called when an app is built. Whoever prints asks ``vinculo.company.letterhead``, which takes what the
    first plugin says that knows; where none does, it is the company of the settings by its name.

    Example::

        @hookimpl
        def sellers():
            yield Seller("organization.company", letterhead.of_default)
    """
    return ()


@hookspec
def sms_gateways() -> Iterable[SmsGateway]:
    """Add ways to send text messages.

    Called when an app is built; ``sending`` in background jobs, when there are messages to send. Which one is
    used, the settings of whoever sends say by its name.

    Example::

        @hookimpl
        def sms_gateways():
            yield SmsGateway("operator", _l("Operator by HTTP"), operator.sending)
    """
    return ()


@hookspec
def checks() -> Iterable[Check]:
    """Look whether what the plugin keeps is still sound.

    Called when an app is built; ``run`` by ``vinculo doctor``, in a transaction that only reads. What it
    returns are the faults that it found, in words.

    Example::

        @hookimpl
        def checks():
            yield Check("deals", checks.stages, _l("Restore a backup from before."))
    """
    return ()


@hookspec
def commands() -> Iterable[click.Command]:
    """Add commands to ``vinculo``.

    Called when a command is typed that the kernel does not have. They run with the same
    configuration; ``vinculo.cli.runtime`` opens the database.

    Example::

        @hookimpl
        def commands():
            yield cli.recompute
    """
    return ()


@hookspec
def job_handlers() -> Mapping[str, JobHandler]:
    """Add kinds of background work, by the name under which jobs are put.

    Called when an app is built. Delivery is at least once: handlers must be idempotent.

    Example::

        @hookimpl
        def job_handlers():
            return {"deals.forecast": JobHandler(jobs.snapshot_forecast)}
    """
    return {}


@hookspec
def schedules() -> Iterable[Schedule]:
    """Add background work that runs by the clock.

    Called when an app is built. However many processes there are, each tick runs once.

    Example::

        @hookimpl
        def schedules():
            yield Schedule("deals.forecast", "0 5 * * 1")
    """
    return ()


@hookspec
def settings_model() -> type[BaseModel] | None:
    """The plugin's own part of the configuration, the table ``[<name>]`` of ``vinculo.toml``.

    Called when an app is built. The values are checked at start; a fault is reported with file and
    key. Read them with ``ctx.registry.settings_of("<name>", Model)``.

    Example::

        @hookimpl
        def settings_model():
            return DealsSettings
    """
    return None


@hookspec
def demo_files(folder: Path, seed: int, today: date) -> Iterable[DemoFile]:
    """Write files of a sample company into ``folder`` and say how to import them.

    Called by ``vinculo demo``, in the order of requirements, so that a plugin finds in ``folder``
    what those it requires have written. The files go through the importers that users have.

    Example::

        @hookimpl
        def demo_files(folder, seed, today):
            yield DemoFile("deal", demo.write_deals(folder, seed, today))
    """
    return ()


@hookspec
def demo_filled(session: Session, registry: Registry) -> None:
    """Add to the sample company what no file holds, such as the conditions of a group.

    Called by ``vinculo demo`` once all files are in, in one transaction and in the language of the company.

    Example::

        @hookimpl
        def demo_filled(session, registry):
            demo.make_boards(session, registry)
    """
