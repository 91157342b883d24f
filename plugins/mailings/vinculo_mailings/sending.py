"""The jobs that send what waits of a run: a connection each, and a mark before and after each message."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from vinculo import mail
from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.encryption import Cipher, open_cipher
from vinculo.errors import ConfigError, ConflictError
from vinculo.i18n import gettext as _
from vinculo.i18n import use_locale
from vinculo.jobs import progress
from vinculo.web.site import Site
from vinculo_mailings import bounces, ledger, letters, rendering, values
from vinculo_mailings.models import Mailing, Medium, Purpose, Run, Send, Stage, Step, Template
from vinculo_mailings.rendering import Letter, TemplateError
from vinculo_mailings.settings import MailingSettings

JOB: Final = "mailings.send"
PATIENCE: Final = 90.0  # seconds for which a database may be gone
TURN: Final = 300.0  # seconds after which another job goes on: one whose worker is killed thrice is given up
T = TypeVar("T")
HandOver = Callable[[Send, Mapping[str, Any], Callable[[], object]], None]


class LostError(RuntimeError):
    """Somebody else has taken over what this job had in hand."""


def send(site: Site, *, run_id: int, worker: str) -> None:
    """Send what waits of a run, as much as an hour may have. ``worker`` names this job, whoever runs it."""
    company = site.settings.company
    asked = site.registry.settings_of("mailings", MailingSettings)
    with use_locale(company.language, company.time_zone):
        with site.database.write() as session:
            ledger.settle(session, Send.worker == worker)
            if ledger.others(session, run_id, worker) >= asked.connections:
                return
        with site.database.read() as session:
            work = _read(site, session, run_id, worker)
        if work is not None:
            try:
                with _carrier(work) as hand_over:
                    goes_on = _take_turn(work, hand_over)
            finally:
                work.close()
            if goes_on:
                with site.database.write() as session:
                    site.enqueue(session, JOB, run_id=run_id, worker=uuid.uuid4().hex)


def _take_turn(work: Work, hand_over: HandOver) -> bool:
    """Send for a while; whether there may be more."""
    until = time.monotonic() + TURN
    while work.some(hand_over):
        if time.monotonic() > until:
            return True
    return False


def _read(site: Site, session: Session, run_id: int, worker: str) -> Work | None:
    run = session.get(Run, run_id)
    mailing = session.get(Mailing, run.mailing_id) if run else None
    if run is None or mailing is None or mailing.stage is not Stage.ACTIVE:
        return None
    template = session.get_one(Template, mailing.template_id)
    settings = site.registry.settings_of("mailings", MailingSettings)
    security = site.settings.security
    cipher = open_cipher(security.secret_key, security.secret_key_file)
    return Work(
        site, settings, worker, run, mailing, template, site.actor_of(session, mailing.owner_id), cipher
    )


@dataclass(slots=True)
class Work:
    """What a job goes by; ``outcomes`` are those that are not written yet."""

    site: Site
    settings: MailingSettings
    worker: str
    run: Run
    mailing: Mailing
    template: Template
    owner: Actor
    cipher: Cipher
    outcomes: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    sent: list[Mapping[str, Any]] = field(default_factory=list)
    gone: list[tuple[str, str, str]] = field(default_factory=list)  # addresses at which nobody lives

    @property
    def letter(self) -> Letter:
        """The template, read."""
        return Letter(self.template.subject, self.template.body, self.template.text)

    def some(self, hand_over: HandOver) -> bool:
        """Send a handful; whether there may be more."""
        if self.outcomes:  # by itself: else what is known would be lost with what is taken
            self._persist(lambda _session: None)
        taken = self._persist(self._take)
        for one, told in taken:
            self._one(one, told, hand_over)
        progress.report(len(self.outcomes))
        return bool(taken)

    def _take(self, session: Session) -> list[tuple[Send, dict[str, Any]]]:
        """What is sent next, and what letters are told of it."""
        mailing = session.get(Mailing, self.mailing.id, with_for_update=True)
        if mailing is None or mailing.stage is not Stage.ACTIVE:
            return []
        asked = (session, self.site.registry, mailing, self.run.id, self.worker)
        taken = ledger.take(*asked, cap=self.settings.hourly_cap)
        told = self._told(session, taken)
        return [(one, told[one.id]) for one in taken]

    def _told(self, session: Session, taken: Sequence[Send]) -> dict[int, dict[str, Any]]:
        ids = [one.client_id for one in taken if one.client_id]
        clients = values.of_clients(session, self.site.registry, self.owner, ids, self.letter.asked)
        people = values.people(session, [one.person_id for one in taken if one.person_id])
        company = {"name": self.site.settings.company.name}
        return {
            one.id: {
                "client": clients.get(one.client_id or 0, {}),
                "person": {"name": people.get(one.person_id or 0, "")},
                "company": company,
                "event": {"title": self.run.about},
                "unsubscribe_url": link(self.site, one.token, "u"),
            }
            for one in taken
        }

    def _one(self, one: Send, told: Mapping[str, Any], hand_over: HandOver) -> None:
        promise = partial(self._promise, one.id)
        attempts, at = one.attempts + 1, now()
        try:
            hand_over(one, told, promise)
        except (mail.RefusedError, TemplateError) as error:
            step = {"step": Step.FAILED, "reason": str(error)[:300], "attempts": attempts}
            if getattr(error, "unknown", False):
                step["bounced_at"] = at
                self.gone.append((one.address, one.address_key, str(error)[:300]))
            self.outcomes.append((one.id, step))
        except mail.LaterError as error:
            values_ = {"reason": str(error)[:300], "attempts": attempts, **ledger.later(attempts)}
            self.outcomes.append((one.id, values_))
        except mail.UnsureError as error:
            self.outcomes.append((one.id, {"step": Step.UNSURE, "reason": str(error)[:300]}))
            raise
        else:
            at = now()
            self.outcomes.append((one.id, {"step": Step.SENT, "sent_at": at, "reason": ""}))
            self.sent.append({"id": one.id, "client_id": one.client_id, "title": one.title, "at": at})

    def _promise(self, send_id: int) -> None:
        """Write what is known and mark the next one, in one transaction."""
        if not self._persist(lambda session: ledger.promise(session, self.worker, send_id, now())):
            raise LostError

    def close(self) -> None:
        """Write what is known, give back what is in hand, and end the run if nothing of it waits."""
        self._persist(self._close)

    def _close(self, session: Session) -> None:
        run, mailing = session.get(Run, self.run.id), session.get(Mailing, self.mailing.id)
        ledger.settle(session, Send.worker == self.worker)
        if run and mailing:
            ledger.close(session, run, mailing)

    def _persist(self, then: Callable[[Session], T]) -> T:
        """Write what became of messages, and what follows, in one transaction.

        A database that is away is waited for: only we know.
        """
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self.site.database.write() as session:
                    self._note(session)
                    found = then(session)
            except DBAPIError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
            else:
                self.outcomes.clear()
                self.sent.clear()
                self.gone.clear()
                return found

    def _note(self, session: Session) -> None:
        ledger.write(session, self.worker, self.outcomes)
        ledger.show(session, self.template.channel, self.sent)
        for address, key, reason in self.gone:
            bounces.note(session, address, key, hard=True, reason=reason)


def link(site: Site, token: str, what: str) -> str:
    """An address of ours about a message, as in mails."""
    return f"{site.settings.server.public_url}/m/{token}/{what}"


@contextmanager
def _carrier(work: Work) -> Iterator[HandOver]:
    if work.template.channel is Medium.SMS:
        gateway = work.site.registry.sms_gateways.get(work.settings.sms_gateway)
        if gateway is None:
            raise ConfigError(_("Set mailings.sms_gateway: the gateway for text messages."))
        with gateway.sending(work.site) as sms:
            letter = work.letter
            yield lambda one, told, promise: sms(one.address, letter.render_text(told), one.token, promise)
        return
    require_mail(work.site)
    with mail.courier(work.site.settings.mail) as courier:
        letter = work.letter

        def hand_over(one: Send, told: Mapping[str, Any], promise: Callable[[], object]) -> None:
            raw = _mail(work, letter, one, told)
            courier.carry(raw, sender=envelope(work, one.token), to=one.address, promise=promise)

        yield hand_over


def require_mail(site: Site) -> None:
    """Raises ``ConflictError`` where no mail can be sent, or links in it would lead nowhere."""
    if not site.settings.mail.host:
        raise ConflictError(_("Set mail.host: without a mail server nothing can be sent."), code="no_mail")
    if not site.settings.server.public_url:
        raise ConflictError(_("Set server.public_url: links to opt out begin with it."), code="no_mail")


def envelope(work: Work, token: str) -> str:
    """Where a mail that cannot be delivered comes back to: an address that names the message."""
    name, _at, host = work.settings.bounces.rpartition("@")
    if name:
        return f"{name}+{token}@{host}"
    return parseaddr(sender_of(work.site))[1]


def sender_of(site: Site) -> str:
    """Whom letters are from."""
    return site.registry.settings_of("mailings", MailingSettings).sender or site.settings.mail.sender


def _mail(work: Work, letter: Letter, one: Send, told: Mapping[str, Any]) -> bytes:
    marketing = work.mailing.purpose is Purpose.MARKETING
    made = letter.render(told, foot=_("Unsubscribe") if marketing else "")
    page = made.html
    if work.mailing.clicks:
        page = rendering.with_links(page, partial(_followed, work, one.token))
    if work.mailing.opens:
        pixel = f'<img src="{link(work.site, one.token, "o.gif")}" width="1" height="1" alt="">'
        page = page.replace("</body>", f"{pixel}</body>")
    said = letters.Said(made.subject, made.text, page)
    site = work.site.settings.server.public_url
    leave = f"{site}/api/v1/mailings/unsubscribe/{one.token}" if marketing else ""
    return letters.compose(
        work.settings, sender_of(work.site), to=one.address, token=one.token, said=said, leave=leave
    )


def _followed(work: Work, token: str, url: str) -> str:
    if url.startswith(f"{work.site.settings.server.public_url}/m/"):
        return url
    query = urlencode({"to": url, "seal": work.cipher.seal(f"{token} {url}")})
    return f"{link(work.site, token, 'c')}?{query}"
