"""The company's OpenID Connect provider: where to send people, and who it says they are.

Authorisation code with PKCE. Nothing here touches the database, and everything may take seconds: call it
outside of transactions that write.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from vinculo import outgoing
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.outgoing import OutgoingError
from vinculo.settings.sections import OidcSettings, OutgoingSettings

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

logger = logging.getLogger(__name__)
KEPT: Final = 3600.0  # how long the provider's description and keys are believed
LEEWAY: Final = 60  # seconds by which clocks may differ
# Not those that share a secret: one who knows it, as we do, could sign for the provider.
ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")


class OidcError(VinculoError):
    """The provider does not answer, or not as it should."""

    status = 502
    code = "oidc"


@dataclass(frozen=True, slots=True)
class Sent:
    """What was asked of the provider: kept here until the answer comes, never in the browser."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str

    def document(self) -> dict[str, str]:
        """To be stored."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Claims:
    """Who somebody is, as the provider says. ``email`` is empty unless it has verified it."""

    issuer: str
    subject: str
    email: str
    name: str
    login: str


@dataclass(frozen=True, slots=True)
class _Provider:
    authorization: str
    token: str
    jwks: str
    algorithms: Sequence[str]
    by_post: bool  # it takes the client's secret in the body only
    names_itself: bool  # its answers say who it is (RFC 9207)


@cache
def client_of(settings: OidcSettings, ways: OutgoingSettings) -> Client:
    """One for all requests, so that they share what it has looked up."""
    return Client(settings, ways)


class Client:
    """Us, as the provider sees us."""

    def __init__(self, settings: OidcSettings, ways: OutgoingSettings) -> None:
        self.settings = settings
        self._ways = ways
        self._provider: tuple[float, _Provider] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def send(self, redirect_uri: str) -> tuple[str, Sent]:
        """The address to send a browser to, and what to keep meanwhile."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _part in range(3))
        sent = Sent(state, nonce, verifier, redirect_uri)
        digest = hashlib.sha256(sent.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self.settings.scopes),
            "state": sent.state,
            "nonce": sent.nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        address = self.provider().authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", sent

    def receive(self, sent: Sent, answer: Mapping[str, str]) -> Claims:
        """Who came back from there. Raises ``OidcError`` for an answer that is not one to what was sent."""
        if not hmac.compare_digest(answer.get("state", "").encode(), sent.state.encode()):
            raise OidcError(_("This answer belongs to another sign-in. Begin again."), code="oidc_state")
        provider = self.provider()
        if (
            answer.get("iss", self.settings.issuer if not provider.names_itself else "")
            != self.settings.issuer
        ):
            raise _untrue("iss")
        if not answer.get("code"):
            reason = answer.get("error_description") or answer.get("error") or "?"
            text = _("The sign-in service refused: %(reason)s", reason=reason[:200])
            raise OidcError(text, code="oidc_refused")
        token = self._redeem(provider, answer["code"], sent)
        return self._checked(provider, token, sent.nonce)

    def provider(self) -> _Provider:
        """What the provider says of itself."""
        if self._provider and self._provider[0] > time.monotonic() - KEPT:
            return self._provider[1]
        said = self._ask("GET", f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if said.get("issuer") != self.settings.issuer:
            raise _untrue("issuer")
        try:
            found = _provider(said)
        except (KeyError, TypeError) as error:
            raise _untrue(str(error)) from error
        self._provider = (time.monotonic(), found)
        return found

    def _redeem(self, provider: _Provider, code: str, sent: Sent) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": sent.redirect_uri,
            "code_verifier": sent.verifier,
        }
        ours, secret = self.settings.client_id, self.settings.client_secret.get_secret_value()
        auth = None
        if secret and not provider.by_post:
            auth = (quote(ours, safe=""), quote(secret, safe=""))  # RFC 6749, 2.3.1
        else:
            form |= {"client_id": ours} | ({"client_secret": secret} if secret else {})
        said = self._ask("POST", provider.token, form=form, auth=auth)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise _untrue("id_token")
        return token

    def _checked(self, provider: _Provider, token: str, nonce: str) -> Claims:
        from joserfc import jwt  # noqa: PLC0415 -- 1 MB, for companies that have such a provider
        from joserfc.errors import JoseError  # noqa: PLC0415 -- see above

        ours = self.settings.client_id
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": ours},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            iat={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = self._decoded(provider, token)
            registry.validate(claims)
        except (JoseError, ValueError) as error:
            raise _untrue(str(error)) from error
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if several else ours) != ours:
            raise _untrue("azp")
        return _claims(claims)

    def _decoded(self, provider: _Provider, token: str) -> dict[str, Any]:
        """The claims, signed by the provider; a key that is not known yet is looked up once."""
        from joserfc import jwt  # noqa: PLC0415 -- see _checked
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415 -- see _checked

        known = self._keys is not None and self._keys[0] > time.monotonic() - KEPT
        try:
            return dict(jwt.decode(token, self._key_set(provider), algorithms=provider.algorithms).claims)
        except InvalidKeyIdError:
            if not known:
                raise
            self._keys = None
            return dict(jwt.decode(token, self._key_set(provider), algorithms=provider.algorithms).claims)

    def _key_set(self, provider: _Provider) -> KeySet:
        from joserfc.jwk import KeySet  # noqa: PLC0415 -- see _checked

        if self._keys is None or self._keys[0] <= time.monotonic() - KEPT:
            said: Any = self._ask("GET", provider.jwks)
            self._keys = (time.monotonic(), KeySet.import_key_set(said))
        return self._keys[1]

    def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        try:
            answer = outgoing.request(self._ways, method, url, headers=headers, **options)
            said = answer.json() if answer.status == 200 else None
        except OutgoingError as error:
            logger.warning("The sign-in service cannot be asked: %s", error)
            raise _silent(error.code) from error
        if answer.status != 200:
            raise _silent(str(answer.status))
        if not isinstance(said, dict):
            raise _untrue(url)
        return said


def _provider(said: Mapping[str, Any]) -> _Provider:
    offered = said.get("id_token_signing_alg_values_supported") or ["RS256"]
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return _Provider(
        authorization=said["authorization_endpoint"],
        token=said["token_endpoint"],
        jwks=said["jwks_uri"],
        algorithms=[name for name in ALGORITHMS if name in offered],
        by_post="client_secret_basic" not in methods and "client_secret_post" in methods,
        names_itself=bool(said.get("authorization_response_iss_parameter_supported")),
    )


def _claims(claims: Mapping[str, Any]) -> Claims:
    verified = claims.get("email_verified") in (True, "true")
    return Claims(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=str(claims.get("email") or "") if verified else "",
        name=str(claims.get("name") or ""),
        login=str(claims.get("preferred_username") or ""),
    )


def _silent(reason: str) -> OidcError:
    return OidcError(_("The sign-in service does not answer as it should: %(reason)s", reason=reason))


def _untrue(what: str) -> OidcError:
    return OidcError(
        _(
            "The sign-in service's answer cannot be trusted (%(what)s). Tell an administrator.",
            what=what[:100],
        ),
        code="oidc_untrue",
    )
