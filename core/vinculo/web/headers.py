"""What every answer carries: pages, data, files, redirects and errors, whoever has made them.

The app puts them on at the very end, so that no handler and no plugin can forget them. One that has a
reason sets a header itself; it stays.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final

from litestar.types import Message, Scope

from vinculo.settings import Settings

BeforeSend = Callable[[Message, Scope], Awaitable[None]]

# Scripts, styles and forms of our own only, none of them within a page; nobody shows us in a frame.
PAGE_POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
# What is no page is none, even if a browser is made to open it as one.
DATA_POLICY: Final = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)
DRAWN: Final = (b"text/html", b"image/svg+xml")  # what browsers draw with styles and links of its own
STRICT_TRANSPORT: Final = "max-age=31536000; includeSubDomains"

SECURITY_HEADERS: Final = {
    "Cache-Control": "no-store",  # static files say otherwise; anything else may hold data
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def headers_of_all(settings: Settings) -> BeforeSend:
    """The hook that adds them. Browsers are told to insist on TLS only where there is TLS.

    That is where a trusted proxy says that somebody came by https, or ``server.secure_cookies`` says
    that everybody does.
    """
    always_tls = settings.server.secure_cookies
    fixed = {name.lower().encode(): value.encode() for name, value in SECURITY_HEADERS.items()}

    async def add(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        present = {name.lower(): value for name, value in message["headers"]}
        wanted = {**fixed, b"content-security-policy": _policy(present)}
        if always_tls or scope["scheme"] == "https":
            wanted[b"strict-transport-security"] = STRICT_TRANSPORT.encode()
        message["headers"] = [*message["headers"], *_missing(wanted, present)]

    return add


def _policy(present: Mapping[bytes, bytes]) -> bytes:
    drawn = present.get(b"content-type", b"").startswith(DRAWN)
    return (PAGE_POLICY if drawn else DATA_POLICY).encode()


def _missing(wanted: Mapping[bytes, bytes], present: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, bytes]]:
    return ((name, value) for name, value in wanted.items() if name not in present)
