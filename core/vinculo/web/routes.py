"""Route decorators: the only way to make a handler here and in plugins.

Each states a permission. The handler is a plain function: it runs in a thread, inside one session
and one transaction, which is committed when it returns and rolled back when it raises::

    @get("/deals/board", permission="deals.deal.read")
    def board(ctx: Context) -> Response[bytes]:
        return ctx.render("deals/board.html", columns=queries.board(ctx.session))

GET and HEAD read; the other methods write (``BEGIN IMMEDIATE`` on SQLite) and, when a browser's
session sends them, must carry its CSRF token.
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import logging
import secrets
import sqlite3
import typing
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial, wraps
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import litestar
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from vinculo.actor import Source
from vinculo.db.engine import Database
from vinculo.errors import (
    ConflictError,
    FieldError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    NotSignedInError,
    VinculoError,
)
from vinculo.events import log
from vinculo.i18n import gettext as _
from vinculo.i18n import negotiate, use_locale
from vinculo.web import cookies
from vinculo.web.context import Context
from vinculo.web.identity import CSRF_COOKIE, SESSION_COOKIE, Identity
from vinculo.web.problems import error_page, problem
from vinculo.web.shell import shell
from vinculo.web.site import Site
from vinculo.web.templating import set_csrf, use_csrf
from vinculo.web.timing import MANAGE_PLUGINS, timing

logger = logging.getLogger(__name__)
PUBLIC: Final = "public"  # nobody needs to sign in
SIGNED_IN: Final = "signed-in"  # every user
SAFE: Final = frozenset({"GET", "HEAD"})

Handler = Callable[..., Any]
Decorator = Callable[[Handler], HTTPRouteHandler]
Opens = Callable[[Database], AbstractContextManager[Session]]


def route(
    method: str,
    path: str,
    *,
    permission: str,
    own_transactions: bool = False,
    passive: bool = False,
    **options: Any,
) -> Decorator:
    """A handler for one method; ``options`` go to Litestar.

    With ``own_transactions`` the session is one to read with, whatever the method: the handler calls
    what writes by connections of its own, and would wait for itself (SQLite has one writer).
    What is ``passive`` pages ask for by themselves: it keeps no session alive that nobody uses.
    """
    make = getattr(litestar, method)
    writes = method.upper() not in SAFE
    opens = Database.read if own_transactions or not writes else Database.write

    def decorate(handler: Handler) -> HTTPRouteHandler:
        endpoint = _endpoint(handler, permission, opens, writes=writes)
        opt = {"permission": permission, "passive": passive}
        described = {"include_in_schema": path.startswith("/api/v1/"), **options}
        made: HTTPRouteHandler = make(path, opt=opt, **described)(endpoint)
        return made

    return decorate


get = partial(route, "get")
post = partial(route, "post")
put = partial(route, "put")
patch = partial(route, "patch")
delete = partial(route, "delete")


def _endpoint(handler: Handler, permission: str, opens: Opens, *, writes: bool) -> Callable[..., Any]:
    @wraps(handler)
    async def endpoint(request: Request[Any, Any, Any], **arguments: Any) -> Any:
        form: Mapping[str, Sequence[Any]] = {}
        body = b""
        if writes and not _is_json(request):
            form = (await request.form()).dict()
        elif writes:
            body = await request.body()
        call = partial(_watched, handler, permission, opens, request, form, body, arguments, writes=writes)
        # Not Litestar's own pool: its size would have nothing to do with that of the connections.
        return await asyncio.get_running_loop().run_in_executor(request.app.state.site.threads, call)

    asks = _asks(handler)
    endpoint.__signature__ = asks.signature  # type: ignore[attr-defined]
    endpoint.__annotations__ = asks.annotations
    return endpoint


class Asks(NamedTuple):
    """What Litestar is told that a handler takes and gives."""

    signature: inspect.Signature
    annotations: dict[str, Any]


_known: Final[dict[Any, Asks]] = {}  # by pieces of code, of which there are as many as were written
_different: Final[dict[Any, Asks]] = {}  # a hundred; by types that are kept alive by being in them


def _asks(handler: Handler) -> Asks:
    """The same for all that one piece of code made: of each kind of records there are sixty handlers."""
    written = handler.__annotations__
    if not all(isinstance(one, str) for one in written.values()):  # types that a closure may have made
        return _read(handler)
    key = (handler.__code__, repr(handler.__defaults__), repr(handler.__kwdefaults__))
    if key not in _known:
        _known[key] = _read(handler)
    return _known[key]


def _read(handler: Handler) -> Asks:
    signature = inspect.signature(handler)
    hints = typing.get_type_hints(handler, include_extras=True)
    names = [name for name in signature.parameters if name != "ctx"]
    parameters = [
        inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any]),
        *(signature.parameters[name].replace(kind=inspect.Parameter.KEYWORD_ONLY) for name in names),
    ]
    annotations = {
        "request": Request[Any, Any, Any],
        **{name: hints[name] for name in names},
        "return": hints.get("return", Any),
    }
    key = tuple((name, id(hint)) for name, hint in annotations.items()), repr(parameters)
    return _different.setdefault(key, Asks(inspect.Signature(parameters), annotations))


def _is_json(request: Request[Any, Any, Any]) -> bool:
    # curl -d calls its JSON a form, too; files come as multipart.
    return request.url.path.startswith("/api/") and "multipart" not in request.headers.get("content-type", "")


def _watched(
    handler: Handler,
    permission: str,
    opens: Opens,
    request: Request[Any, Any, Any],
    *arguments: Any,
    writes: bool,
) -> Any:
    """A route of a plugin: what it takes and what it raises is counted."""
    site: Site = request.app.state.site
    plugin = request.scope["route_handler"].opt.get("plugin", "")
    if plugin not in site.registry.plugins:
        return _call(handler, permission, opens, request, *arguments, writes=writes)
    with site.guard.watch(plugin, str(request.scope["path_template"])), log.through(plugin):
        return _call(handler, permission, opens, request, *arguments, writes=writes)


def _call(
    handler: Handler,
    permission: str,
    opens: Opens,
    request: Request[Any, Any, Any],
    form: Mapping[str, Sequence[Any]],
    body: bytes,
    arguments: Mapping[str, Any],
    *,
    writes: bool,
) -> Any:
    site: Site = request.app.state.site
    language = negotiate(request.headers.get("accept-language", ""), site.settings.company.language)
    with use_locale(language, site.settings.company.time_zone), use_csrf(""):
        ctx = None
        try:
            with opens(site.database) as session:
                identity = _identify(site, session, request)
                ctx = Context(request, site, session, identity, form, body)
                with _locale(site, identity, language):
                    try:
                        _admit(ctx, permission, arguments, writes=writes)
                        answer = handler(ctx, **arguments)
                        session.flush()
                        return _with_timing(ctx, _with_csrf_cookie(ctx, answer))
                    except VinculoError as error:
                        session.rollback()
                        return _refusal(ctx, error)
        except (IntegrityError, StaleDataError) as error:
            return _refusal(ctx, _as_conflict(error)) if ctx else problem(_as_conflict(error))
        except DataError as error:
            return _refusal(ctx, _as_invalid(error)) if ctx else problem(_as_invalid(error))
        except OperationalError as error:
            if not _is_busy(error):
                raise
            return _refusal(ctx, _as_busy(error)) if ctx else problem(_as_busy(error))
        except VinculoError as error:  # the token itself was bad
            return problem(error)
        finally:
            _note_use(site, ctx)


def _check_numbers(arguments: Mapping[str, Any]) -> None:
    """Numbers of an address that no column holds name nothing."""
    if any(isinstance(one, int) and not -(2**63) <= one < 2**63 for one in arguments.values()):
        raise NotFoundError


def _note_use(site: Site, ctx: Context | None) -> None:
    """Once in some minutes for each session and token. Not worth an error: the next request does it."""
    if ctx is None or ctx.identity is None or ctx.identity.in_use is None:
        return
    if ctx.request.scope["route_handler"].opt.get("passive"):
        return
    try:
        with site.database.write() as session:
            session.execute(ctx.identity.in_use)
    except DBAPIError as error:
        logger.info("the use of a session or token is not noted: %s", error.orig)


def _identify(site: Site, session: Session, request: Request[Any, Any, Any]) -> Identity | None:
    scheme, _sep, bearer = request.headers.get("authorization", "").partition(" ")
    # Tokens are for the API: pages could make another that may do more.
    is_token = scheme.lower() == "bearer" and request.url.path.startswith("/api/")
    bearer = bearer.strip() if is_token else ""
    cookie = "" if bearer else cookies.read(site.settings, request, SESSION_COOKIE)
    if not bearer and not cookie:
        return None
    return site.identify(session, cookie=cookie, bearer=bearer)


def _locale(site: Site, identity: Identity | None, language: str) -> AbstractContextManager[str]:
    zone = site.settings.company.time_zone
    if identity is None:
        return use_locale(language, zone)
    return use_locale(identity.language or language, identity.time_zone or zone)


def _admit(ctx: Context, permission: str, arguments: Mapping[str, Any], *, writes: bool) -> None:
    set_csrf(ctx.csrf)
    if ctx.identity is None and writes and not ctx.is_api:
        _check_csrf(ctx, ctx.cookie(CSRF_COOKIE))
    if permission == PUBLIC:
        _ensure_csrf(ctx)
    elif ctx.identity is None:
        raise NotSignedInError
    if ctx.identity is not None and writes and ctx.identity.csrf:
        _check_csrf(ctx, ctx.identity.csrf)
    if ctx.identity is not None and permission not in (PUBLIC, SIGNED_IN):
        ctx.identity.actor.require(permission)
    _check_numbers(arguments)


def _check_csrf(ctx: Context, expected: str) -> None:
    sent = ctx.request.headers.get("x-csrf-token", "") or ctx.value("_csrf")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise ForbiddenError(
            _("This form is too old or was not sent from this page. Load the page again and repeat."),
            code="csrf",
        )


def _ensure_csrf(ctx: Context) -> None:
    """Forms before sign-in are guarded by a token in a cookie, which other sites cannot read."""
    if ctx.identity is None:
        token = ctx.cookie(CSRF_COOKIE) or secrets.token_urlsafe(24)
        ctx.request.scope["vinculo_csrf"] = token  # type: ignore[typeddict-unknown-key]
        set_csrf(token)


def _with_csrf_cookie(ctx: Context, answer: Any) -> Any:
    token = ctx.request.scope.get("vinculo_csrf")
    if token and isinstance(answer, Response) and not ctx.is_api and not ctx.cookie(CSRF_COOKIE):
        ctx.put_cookie(answer, CSRF_COOKIE, str(token))
    return answer


def _with_timing(ctx: Context, answer: Any) -> Any:
    """What each plugin added to this page, for those who may switch it off."""
    if isinstance(answer, Response) and ctx.identity and ctx.identity.actor.may(MANAGE_PLUGINS):
        answer.headers["Server-Timing"] = timing(ctx)
    return answer


def _refusal(ctx: Context, error: VinculoError) -> Response[bytes]:
    _note_refusal(ctx, error)
    if ctx.is_api:
        return problem(error)
    if isinstance(error, NotSignedInError):
        target = _here(ctx) if ctx.request.method in SAFE else "/"
        return ctx.redirect(f"/sign-in?{urlencode({'next': target})}" if target != "/" else "/sign-in")
    around = shell(ctx) if ctx.identity else None
    language = (
        around.language
        if around
        else negotiate(ctx.request.headers.get("accept-language", ""), ctx.site.settings.company.language)
    )
    return error_page(ctx.site.templates, error, language=language, shell=around)


def _note_refusal(ctx: Context, error: VinculoError) -> None:
    """Who is signed in and asks for what is beyond their rights is on record."""
    if ctx.identity is None or not isinstance(error, ForbiddenError):
        return
    asked = f"{ctx.request.method} {ctx.request.scope['path_template']}"
    actor = ctx.actor.by(Source.API) if ctx.is_api else ctx.actor
    ctx.site.reads.refused(actor, asked, error.code)


def _here(ctx: Context) -> str:
    """The address that was asked for, filters of a list included."""
    url = ctx.request.url
    return f"{url.path}?{url.query}" if url.query else url.path


def _as_conflict(error: Exception) -> VinculoError:
    return ConflictError(
        _("The data has changed in the meantime, or a record is in the way. Load it again and repeat."),
        code="stale_version" if isinstance(error, StaleDataError) else "conflict",
    )


def _as_invalid(error: DataError) -> VinculoError:
    """What no field has refused and the database cannot hold."""
    logger.warning("a value that no field refused: %s", error.orig)
    text = _("The database cannot hold one of these values; shorten it or type it anew.")
    return InvalidError([FieldError("", text)])


def _is_busy(error: OperationalError) -> bool:
    """Whether to try again helps: SQLite's one writer, PostgreSQL's locks, time-outs and restarts.

    A column that is missing is an OperationalError, too, and a fault of ours.
    """
    return bool(error.connection_invalidated) or "locked" in str(error.orig) or not _is_sqlite(error)


def _is_sqlite(error: OperationalError) -> bool:
    return isinstance(error.orig, sqlite3.Error)


def _as_busy(error: DBAPIError) -> VinculoError:
    busy = VinculoError(_("The database is busy; try again in a moment."), code="busy")
    busy.status = 503
    return busy
