"""Passkeys (WebAuthn): made and checked, always with the device's own check of the user. The edge commits."""

from __future__ import annotations

import ipaddress
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.accounts.models import Passkey, User
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _

if TYPE_CHECKING:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor


@dataclass(frozen=True, slots=True)
class Party:
    """The site that a passkey is for. Browsers bind it to the host, so that no other site can ask for it."""

    name: str
    origin: str

    @property
    def host(self) -> str:
        """What passkeys are bound to."""
        return urlsplit(self.origin).hostname or ""

    @property
    def usable(self) -> bool:
        """Browsers make passkeys for names only, not for addresses."""
        try:
            ipaddress.ip_address(self.host)
        except ValueError:
            return True
        return False


def new_challenge() -> str:
    """Random text that a device signs, to show that it answers now."""
    return secrets.token_urlsafe(64)


def creation_options(session: Session, user: User, party: Party, challenge: str) -> str:
    """What a browser needs to make a passkey, as JSON. A device that has one already makes no second."""
    import webauthn  # noqa: PLC0415 -- 6 MB with what it brings, for processes that see passkeys
    from webauthn.helpers.structs import (  # noqa: PLC0415 -- see above
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=_handle(user.id),
        user_name=user.login,
        user_display_name=user.name,
        challenge=_bytes(challenge),
        exclude_credentials=_descriptors(list_passkeys(session, user.id)),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return webauthn.options_to_json(options)


def add(
    session: Session, user: User, party: Party, *, challenge: str, answer: str, name: str, now: datetime
) -> Passkey:
    """Keep a passkey that a browser has made. Raises ``InvalidError``."""
    import webauthn  # noqa: PLC0415 -- see creation_options

    name = name.strip() or _("Passkey")
    if len(name) > 100:
        raise InvalidError([FieldError("name", _("A name has at most %(n)s characters.", n=100), "too_long")])
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _bad_answer():
        text = _("The passkey could not be made. Try again, or take another device.")
        raise InvalidError([FieldError("passkey", text, "bad_passkey")]) from None
    passkey = Passkey(
        user_id=user.id,
        name=name,
        credential_id=_text(made.credential_id),
        public_key=_text(made.credential_public_key),
        sign_count=made.sign_count,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def request_options(session: Session, party: Party, challenge: str, user_id: int | None = None) -> str:
    """What a browser needs to show a passkey of this user, or of whoever sits there, as JSON."""
    import webauthn  # noqa: PLC0415 -- see creation_options
    from webauthn.helpers.structs import UserVerificationRequirement  # noqa: PLC0415 -- see above

    known = list_passkeys(session, user_id) if user_id is not None else []
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=_bytes(challenge),
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify(session: Session, party: Party, *, challenge: str, answer: str, now: datetime) -> Passkey | None:
    """The passkey that signed the challenge; None if none of ours did.

    A device that counts its signatures must have counted on: one that did not may be a copy.
    """
    import webauthn  # noqa: PLC0415 -- see creation_options

    passkey = _named(session, answer)
    if passkey is None:
        return None
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _bad_answer():
        return None
    passkey.sign_count, passkey.last_used_at = shown.new_sign_count, now
    session.flush()
    return passkey


def list_passkeys(session: Session, user_id: int) -> Sequence[Passkey]:
    """A user's passkeys, oldest first."""
    return session.scalars(sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def _named(session: Session, answer: str) -> Passkey | None:
    """The passkey that an answer says it is from, locked; its user handle must be that of the owner."""
    from webauthn.helpers import parse_authentication_credential_json  # noqa: PLC0415 -- see creation_options

    try:
        told = parse_authentication_credential_json(answer)
    except _bad_answer():
        return None
    theirs = sa.select(Passkey).where(Passkey.credential_id == _text(told.raw_id))
    passkey = session.scalar(theirs.with_for_update())
    handle = told.response.user_handle
    if passkey is None or (handle and handle != _handle(passkey.user_id)):
        return None
    return passkey


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor  # noqa: PLC0415 -- see creation_options

    return [PublicKeyCredentialDescriptor(id=_bytes(item.credential_id)) for item in known]


def _handle(user_id: int) -> bytes:
    return user_id.to_bytes(8, "big")


def _bad_answer() -> tuple[type[Exception], ...]:
    """What the library raises, and what it lets through of what a hostile answer makes Python raise."""
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415 -- see creation_options

    return (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")  # more than it may lack does no harm


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
