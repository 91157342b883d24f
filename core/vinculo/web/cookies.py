"""The cookies of this site: read, set and deleted here only, so that each is as guarded as the others.

Scripts do not see them, and other sites do not send them along but by a link. Where people come by https
(``server.secure_cookies``) they are for https only, and ``__Host-`` in their names has browsers refuse one
that another host of the domain, or a network, has planted.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response

from vinculo.settings import Settings

HOST_ONLY: Final = "__Host-"


def full_name(settings: Settings, name: str) -> str:
    """What the browser knows it by."""
    return f"{HOST_ONLY}{name}" if settings.server.secure_cookies else name


def read(settings: Settings, request: Request[Any, Any, Any], name: str) -> str:
    """Its value; empty if there is none."""
    return str(request.cookies.get(full_name(settings, name), ""))


def put(
    settings: Settings, answer: Response[Any], name: str, value: str, *, seconds: int | None = None
) -> None:
    """Give the browser one; without ``seconds``, until it is closed."""
    answer.set_cookie(
        full_name(settings, name),
        value,
        max_age=seconds,
        path="/",
        secure=settings.server.secure_cookies,
        httponly=True,
        samesite="lax",
    )


def drop(settings: Settings, answer: Response[Any], name: str) -> None:
    """Take it back. Browsers heed this only if it is worded as it was when they got the cookie."""
    put(settings, answer, name, "", seconds=0)
