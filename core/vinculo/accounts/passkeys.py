"""Passkeys (WebAuthn): made and checked, always with the device's own check of the user. The edge commits."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers import parse_authentication_credential_json as parsed
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from vinculo.accounts.models import Passkey, User
from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _

# What the library raises, and what it lets through of what a hostile answer makes Python raise.
_BAD_ANSWER = (WebAuthnException, ValueError, TypeError, KeyError, AttributeError, RecursionError)


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
    return bytes_to_base64url(webauthn.helpers.generate_challenge())


def creation_options(session: Session, user: User, party: Party, challenge: str) -> str:
    """What a browser needs to make a passkey, as JSON. A device that has one already makes no second."""
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=party.name,
        user_id=_handle(user.id),
        user_name=user.login,
        user_display_name=user.name,
        challenge=base64url_to_bytes(challenge),
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
    name = name.strip() or _("Passkey")
    if len(name) > 100:
        raise InvalidError([FieldError("name", _("A name has at most %(n)s characters.", n=100), "too_long")])
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _BAD_ANSWER:
        text = _("The passkey could not be made. Try again, or take another device.")
        raise InvalidError([FieldError("passkey", text, "bad_passkey")]) from None
    passkey = Passkey(
        user_id=user.id,
        name=name,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        created_at=now,
    )
    session.add(passkey)
    session.flush()
    return passkey


def request_options(session: Session, party: Party, challenge: str, user_id: int | None = None) -> str:
    """What a browser needs to show a passkey of this user, or of whoever sits there, as JSON."""
    known = list_passkeys(session, user_id) if user_id is not None else []
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=base64url_to_bytes(challenge),
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def verify(session: Session, party: Party, *, challenge: str, answer: str, now: datetime) -> Passkey | None:
    """The passkey that signed the challenge; None if none of ours did.

    A device that counts its signatures must have counted on: one that did not may be a copy.
    """
    passkey = _named(session, answer)
    if passkey is None:
        return None
    try:
        shown = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _BAD_ANSWER:
        return None
    passkey.sign_count, passkey.last_used_at = shown.new_sign_count, now
    session.flush()
    return passkey


def list_passkeys(session: Session, user_id: int) -> Sequence[Passkey]:
    """A user's passkeys, oldest first."""
    return session.scalars(sa.select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def _named(session: Session, answer: str) -> Passkey | None:
    """The passkey that an answer says it is from, locked; its user handle must be that of the owner."""
    try:
        told = parsed(answer)
    except _BAD_ANSWER:
        return None
    theirs = sa.select(Passkey).where(Passkey.credential_id == bytes_to_base64url(told.raw_id))
    passkey = session.scalar(theirs.with_for_update())
    handle = told.response.user_handle
    if passkey is None or (handle and handle != _handle(passkey.user_id)):
        return None
    return passkey


def _descriptors(known: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(item.credential_id)) for item in known]


def _handle(user_id: int) -> bytes:
    return user_id.to_bytes(8, "big")
