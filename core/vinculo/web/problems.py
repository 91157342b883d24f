"""Errors as answers: problem+json (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import jinja2
import msgspec
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.status_codes import HTTP_500_INTERNAL_SERVER_ERROR

from vinculo.errors import NotSignedInError, ThrottledError, TooLargeError, VinculoError
from vinculo.i18n import gettext as _
from vinculo.i18n import negotiate, use_locale
from vinculo.web.views import Action

logger = logging.getLogger(__name__)
PROBLEM_JSON = "application/problem+json"


class FieldProblem(msgspec.Struct):
    """What is wrong with one value; ``field`` is a path such as ``contact_points[0].value``."""

    field: str
    message: str
    code: str


class ConflictProblem(msgspec.Struct):
    """A value that was changed differently meanwhile, with the version that the request began from.

    ``field`` is a name, or ``collection.name`` of the row with the id ``row``; null stands for a row that
    one side removed, and for an original that is not known.
    """

    field: str
    row: int | None
    yours: Any
    theirs: Any
    original: Any


class Problem(msgspec.Struct, omit_defaults=True):
    """An error as RFC 9457 has it. Programs decide by ``code``, people read ``detail``."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FieldProblem] = []
    version: int | None = None  # the present one, of what was changed meanwhile
    conflicts: list[ConflictProblem] = []


def problem(error: VinculoError) -> Response[bytes]:
    """The answer to a program."""
    fields = [FieldProblem(e.field, e.message, e.code) for e in getattr(error, "errors", [])]
    conflicts = [
        ConflictProblem(c.field, c.row, c.mine, c.theirs, c.original) for c in getattr(error, "conflicts", [])
    ]
    body = Problem(
        type=f"/api/docs#error-{error.status}",
        title=_titles().get(error.status, _("Error")),
        status=error.status,
        detail=error.message,
        code=error.code,
        errors=fields,
        version=getattr(error, "current", None),
        conflicts=conflicts,
    )
    headers = _headers(error)
    return Response(
        msgspec.json.encode(body), status_code=error.status, media_type=PROBLEM_JSON, headers=headers
    )


def told() -> list[tuple[int, str, list[str]]]:
    """What the reference says of errors: status, title, and the usual codes of each."""
    codes: dict[int, set[str]] = {}
    for kind in _kinds(VinculoError):
        codes.setdefault(kind.status, set()).add(kind.code)
    return [(status, title, sorted(codes.get(status, ()))) for status, title in sorted(_titles().items())]


def _kinds(of: type[VinculoError]) -> Iterator[type[VinculoError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from _kinds(kind)


def error_page(
    templates: jinja2.Environment, error: VinculoError, *, language: str, shell: Any = None
) -> Response[bytes]:
    """The answer to a person."""
    html = templates.get_template("error.html").render(
        shell=shell,
        language=language.replace("_", "-"),
        page_title="",
        status=error.status,
        title=_titles().get(error.status, _("Error")),
        text=error.message,
        actions=[Action(_("Home"), "/", icon="home", primary=True)],
    )
    return Response(
        html.encode(),
        status_code=error.status,
        media_type=MediaType.HTML,
        headers=_headers(error),
    )


def is_api(request: Request[Any, Any, Any]) -> bool:
    """Whether a program asked."""
    return request.url.path.startswith(("/api/", "/health/"))


def on_http_exception(request: Request[Any, Any, Any], exception: HTTPException) -> Response[Any]:
    """Litestar's own refusals: no such route, wrong method, a body too large."""
    with use_locale(negotiate(request.headers.get("accept-language", ""))) as language:
        return _answer(request, _translated(request, exception), language)


def on_exception(request: Request[Any, Any, Any], exception: Exception) -> Response[Any]:
    """Anything else is a fault of ours: logged with its traceback, which nobody outside sees.

    By the route, not by the address: that of a link to set a password is as good as one.
    """
    route = request.scope.get("path_template", "")
    logger.error("%s %s failed", request.method, route, exc_info=exception)
    with use_locale(negotiate(request.headers.get("accept-language", ""))) as language:
        error = VinculoError(
            _("Something went wrong here. It has been logged; try again later."), code="internal"
        )
        error.status = HTTP_500_INTERNAL_SERVER_ERROR
        return _answer(request, error, language)


def _answer(request: Request[Any, Any, Any], error: VinculoError, language: str) -> Response[Any]:
    if is_api(request):
        return problem(error)
    site = request.app.state.get("site")
    if site is None:
        return Response(error.message, media_type=MediaType.TEXT, status_code=error.status)
    return error_page(site.templates, error, language=language)


def _translated(request: Request[Any, Any, Any], exception: HTTPException) -> VinculoError:
    status = exception.status_code
    if status == 404:
        error = VinculoError(_("There is nothing at %(path)s.", path=request.url.path), code="not_found")
    elif status == 405:
        error = VinculoError(
            _("%(method)s is not possible here.", method=request.method), code="method_not_allowed"
        )
    elif status == 413:
        return TooLargeError(_("That is more than the server takes in one piece; send a smaller one."))
    elif isinstance(exception, ValidationException):
        error = VinculoError(_validation(exception), code="malformed")
    else:
        error = VinculoError(exception.detail or _("Error"), code="http_error")
    error.status = status
    return error


def _validation(exception: ValidationException) -> str:
    extra = exception.extra if isinstance(exception.extra, list) else []
    parts = [f"{item.get('key', '')}: {item.get('message', '')}" for item in extra if isinstance(item, dict)]
    return _("The request does not fit: %(reason)s", reason="; ".join(parts) or exception.detail)


def _headers(error: VinculoError) -> dict[str, str]:
    if isinstance(error, ThrottledError):
        return {"Retry-After": str(error.retry_after)}
    if isinstance(error, NotSignedInError):
        return {"WWW-Authenticate": "Bearer"}
    return {}


def _titles() -> dict[int, str]:
    return {
        400: _("The request cannot be read"),
        401: _("Not signed in"),
        403: _("Not allowed"),
        404: _("Not found"),
        405: _("Not possible here"),
        409: _("Conflict"),
        412: _("Changed in the meantime"),
        413: _("Too large"),
        422: _("Values do not fit"),
        429: _("Too many tries"),
        500: _("Something went wrong"),
        503: _("Busy"),
    }
