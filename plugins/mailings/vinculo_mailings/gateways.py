"""Two gateways for text messages: any that takes HTTP requests, and any that speaks SMPP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

from smpplib import consts, exceptions, gsm
from smpplib.client import Client

from vinculo import outgoing
from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _
from vinculo.mail import LaterError, RefusedError, UnsureError
from vinculo.web.site import Site
from vinculo_mailings.settings import MailingSettings

Send = Callable[[str, str, str, Callable[[], object]], None]
SECONDS: Final = 20
FULL: Final = frozenset({consts.SMPP_ESME_RTHROTTLED, consts.SMPP_ESME_RMSGQFUL, consts.SMPP_ESME_RSYSERR})
NOT_ASKED: Final = ("outgoing_refused",)  # why a request was not made at all


@contextmanager
def http(site: Site) -> Iterator[Send]:
    """A request for each message, to the address of the settings."""
    asked = site.registry.settings_of("mailings", MailingSettings)
    if not asked.sms_url:
        raise ConfigError(_("Set mailings.sms_url: the address of the HTTP gateway."))

    def send(to: str, text: str, key: str, promise: Callable[[], object]) -> None:
        values = {"to": to, "text": text, "sender": asked.sms_sender, "key": key}
        url = asked.sms_url
        for name, value in values.items():
            url = url.replace(f"{{{name}}}", quote(value, safe=""))
        user = asked.sms_user
        auth = (user, asked.sms_password.get_secret_value()) if user else None
        promise()
        try:
            answer = outgoing.request(site.settings.outgoing, "GET", url, auth=auth)
        except outgoing.OutgoingError as error:
            raise (LaterError if error.code in NOT_ASKED else UnsureError)(error.message) from error
        said = f"{answer.status} {answer.body[:200].decode(errors='replace')}"
        if answer.status >= 500 or answer.status == 429:
            raise LaterError(said)
        if answer.status >= 300:
            raise RefusedError(said)

    yield send


@contextmanager
def smpp(site: Site) -> Iterator[Send]:
    """One connection as a transceiver; a long message goes in parts."""
    asked = site.registry.settings_of("mailings", MailingSettings)
    if not asked.sms_host:
        raise ConfigError(_("Set mailings.sms_host: the SMPP server."))
    client = Client(asked.sms_host, asked.sms_port, timeout=SECONDS, allow_unknown_opt_params=True)
    try:
        client.connect()
        client.bind_transceiver(system_id=asked.sms_user, password=asked.sms_password.get_secret_value())
        yield lambda to, text, _key, promise: _submit(client, asked.sms_sender, to, text, promise)
        client.unbind()
    except exceptions.ConnectionError as error:
        raise ConnectionError(str(error)) from error
    finally:
        client.disconnect()


def _submit(client: Client, sender: str, to: str, text: str, promise: Callable[[], object]) -> None:
    try:
        parts, coding, kind = gsm.make_parts(text)
    except exceptions.MessageTooLong as error:
        raise RefusedError(str(error)) from error
    promise()
    for number, part in enumerate(parts):
        answer = _ask(client, sender, to, part, coding, kind)
        if answer.status != consts.SMPP_ESME_ROK:
            said = f"{answer.status} {consts.DESCRIPTIONS.get(answer.status, '')}"
            if number:  # some of it has gone out: never again by itself
                raise UnsureError(said)
            raise (LaterError if answer.status in FULL else RefusedError)(said)


def _ask(client: Client, sender: str, to: str, part: bytes, coding: int, kind: int) -> Any:
    """Send a part and wait for what the server says of it; whatever else comes meanwhile is answered."""
    try:
        sent = client.send_message(
            source_addr_ton=consts.SMPP_TON_ALNUM if not sender.isdecimal() else consts.SMPP_TON_INTL,
            source_addr_npi=consts.SMPP_NPI_UNK if not sender.isdecimal() else consts.SMPP_NPI_ISDN,
            source_addr=sender,
            dest_addr_ton=consts.SMPP_TON_INTL,
            dest_addr_npi=consts.SMPP_NPI_ISDN,
            destination_addr=to.removeprefix("+"),
            short_message=part,
            data_coding=coding,
            esm_class=kind,
            registered_delivery=False,
        )
        while True:
            answer = client.read_pdu()
            if answer.command == "submit_sm_resp" and answer.sequence == sent.sequence:
                return answer
            if answer.command == "enquire_link":
                client._enquire_link_received(answer)  # noqa: SLF001 -- it has no other name
    except (TimeoutError, OSError, exceptions.ConnectionError, exceptions.PDUError) as error:
        raise UnsureError(str(error)) from error
