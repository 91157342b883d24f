"""Requests to other servers: the one way out besides mail.

An address may come from a user or from an answer of a stranger, and a server in a company's network can
reach what they cannot. So a name is resolved once, every address that it has is looked at, and the
connection goes to one of those, whatever the name leads to a moment later. Only addresses of the internet
are asked, and those that ``[outgoing] allow`` names.

It may take seconds: call it outside of transactions that write.
"""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import logging
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from vinculo import __version__
from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _
from vinculo.settings.sections import OutgoingSettings

logger = logging.getLogger(__name__)
SECONDS: Final = 10.0  # for all of it, redirects too; a resolver that hangs takes its own time
MAX_BYTES: Final = 1024 * 1024

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Public by number, but what answers there belongs to the cloud that the server runs in.
METADATA: Final = frozenset({ipaddress.ip_address("168.63.129.16")})
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")  # holds an IPv4 address in its last 32 bits


class OutgoingError(VinculoError):
    """Another server could not be asked, or may not be (``outgoing_refused``)."""

    status = 502
    code = "outgoing"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body. Raises ``OutgoingError`` if it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise OutgoingError(_("The answer is no JSON."), code="outgoing_malformed") from error


def request(
    settings: OutgoingSettings,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    json: Any = None,
    auth: tuple[str, str] | None = None,
    redirects: int = 0,
    seconds: float = SECONDS,
    max_bytes: int = MAX_BYTES,
) -> Answer:
    """Ask another server. Raises ``OutgoingError``; a status such as 404 is an answer.

    ``redirects`` says how many may be followed; each is checked as the first address is.
    """
    content: dict[str, Any] = {"data": form} if form is not None else {"json": json}
    content["headers"] = _headers(headers or {}, auth)
    try:
        return asyncio.run(_within(seconds, settings, method, url, content, redirects, max_bytes))
    except TimeoutError as error:
        raise OutgoingError(_("There was no answer in time."), code="outgoing_late") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        logger.info("%s %s: %r", method, _shown(url), error)
        text = _("The server cannot be asked: %(reason)s", reason=type(error).__name__)
        raise OutgoingError(text, code="outgoing_failed") from error


def _headers(given: Mapping[str, str], auth: tuple[str, str] | None) -> dict[str, str]:
    headers = {"Accept-Encoding": "identity", "User-Agent": f"Vinculo/{__version__}", **given}
    if auth:  # as a header, which is left out where a redirect leads to another host
        headers["Authorization"] = f"Basic {base64.b64encode(':'.join(auth).encode()).decode()}"
    return headers


async def _within(
    seconds: float,
    settings: OutgoingSettings,
    method: str,
    url: str,
    content: Mapping[str, Any],
    redirects: int,
    max_bytes: int,
) -> Answer:
    # A proxy of the environment would resolve names in its own way.
    client = httpx2.AsyncClient(transport=_Pinned(settings), timeout=seconds, trust_env=False)
    async with asyncio.timeout(seconds), client:
        sent = client.build_request(method, url, **content)
        for left in range(redirects, -1, -1):
            answer = await client.send(sent, stream=True)
            try:
                if answer.next_request is None or not redirects:
                    return await _read(answer, max_bytes)
                if not left:
                    raise OutgoingError(_("The server leads on and on."), code="outgoing_redirects")
                sent = answer.next_request
            finally:
                await answer.aclose()
    raise AssertionError("unreachable")


async def _read(answer: httpx2.Response, max_bytes: int) -> Answer:
    body = bytearray()
    async for chunk in answer.aiter_raw():  # as it was sent: nothing unpacks to more than it weighs
        body += chunk
        if len(body) > max_bytes:
            raise OutgoingError(_("The answer is too long."), code="outgoing_too_long")
    return Answer(answer.status_code, dict(answer.headers), bytes(body))


class _Pinned(httpx2.AsyncHTTPTransport):
    """Connects to an address that was looked at, and has TLS check the name."""

    def __init__(self, settings: OutgoingSettings) -> None:
        # No connection serves twice: what TLS has checked for one name would count for another.
        super().__init__(limits=httpx2.Limits(max_keepalive_connections=0))
        self._settings = settings
        self._tls = False

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Each request of a chain of redirects comes by here."""
        url = request.url
        self._check_form(url)
        refused: httpx2.ConnectError | None = None
        for address in await _addresses(self._settings, url.host, url.port or (443 if self._tls else 80)):
            # The header Host was made of the name already; certificates are compared with it, too.
            request.url = url.copy_with(host=str(address))
            request.extensions = {**request.extensions, "sni_hostname": url.host}
            try:
                return await super().handle_async_request(request)
            except httpx2.ConnectError as error:
                refused = error
            finally:
                request.url = url
        raise refused or httpx2.ConnectError("no address")

    def _check_form(self, url: httpx2.URL) -> None:
        odd = not url.host or bool(url.userinfo) or (url.port or 0) > 65_535
        if odd or url.scheme not in ("http", "https"):
            raise _refusal(_("%(url)s is not the address of a web server.", url=_shown(str(url))))
        if self._tls and url.scheme != "https":
            raise _refusal(_("The server leads from https to plain http."))
        self._tls = url.scheme == "https"


async def _addresses(settings: OutgoingSettings, host: str, port: int) -> Sequence[Address]:
    """All addresses of a name. Raises ``OutgoingError`` unless each of them may be asked."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(at[0]).partition("%")[0]) for *_rest, at in found]
    if settings.allows_host(host):
        return addresses
    for address in addresses:
        if not (is_public(address) or settings.allows_address(address)):
            logger.warning("outgoing: %s leads to %s, which [outgoing] allow does not name", host, address)
            raise _refusal(
                _(
                    "%(host)s is not on the internet. If it may be asked, add it to outgoing.allow.",
                    host=host,
                )
            )
    return addresses


def is_public(address: Address) -> bool:
    """Whether it is an address of the internet, looked at from anywhere the same."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    odd = address.is_multicast or address.is_reserved or address.is_unspecified or address in METADATA
    return address.is_global and not odd


def _embedded(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped or address.sixtofour


def _refusal(text: str) -> OutgoingError:
    return OutgoingError(text, code="outgoing_refused")


def _shown(url: str) -> str:
    """Without what may be secret: the query, and a password before the host."""
    return url.partition("?")[0].rpartition("@")[2][:200]
