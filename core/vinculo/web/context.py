"""What a handler is given: the request, its one transaction, its user, and how to answer."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import msgspec
from litestar import MediaType, Request, Response
from litestar.datastructures import UploadFile
from markupsafe import Markup
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.errors import FieldError, InvalidError, MalformedError, NotSignedInError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.plugins.guard import Spent
from vinculo.plugins.registry import Registry
from vinculo.web import cookies
from vinculo.web.identity import Identity
from vinculo.web.shell import shell
from vinculo.web.site import Site
from vinculo.web.views import Crumb, Toast

S = TypeVar("S", bound=msgspec.Struct)
TOAST_COOKIE: Final = "vinculo_toast"
TOAST_SECONDS: Final = 60


@dataclass(slots=True)
class Context:
    """One request. ``session`` is its transaction: the edge commits it, handlers never do."""

    request: Request[Any, Any, Any]
    site: Site
    session: Session
    identity: Identity | None
    form: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    body: bytes = b""
    costs: list[Spent] = field(default_factory=list)  # what parts of plugins took
    begun: float = field(default_factory=time.perf_counter)

    @property
    def registry(self) -> Registry:
        """What the enabled plugins contribute."""
        return self.site.registry

    @property
    def route_path(self) -> str:
        """The path of the route, as ``/clients/{record_id:int}``."""
        return str(self.request.scope["path_template"])

    @property
    def plugin(self) -> str:
        """The plugin whose route this is, or a domain of the kernel."""
        return str(self.request.scope["route_handler"].opt.get("plugin", ""))

    @property
    def actor(self) -> Actor:
        """The user who acts. Raises ``NotSignedInError`` on a public route without one."""
        if self.identity is None:
            raise NotSignedInError
        return self.identity.actor

    @property
    def is_api(self) -> bool:
        """Whether a program asks."""
        return self.request.url.path.startswith("/api/")

    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of the address, in order, repeated ones included."""
        return list(self.request.query_params.items())

    def parameter(self, name: str, default: str = "") -> str:
        """One parameter of the address."""
        return str(self.request.query_params.get(name, default))

    def value(self, name: str, default: str = "") -> str:
        """One field of the submitted form, as text."""
        values = self.form.get(name, ())
        last = values[-1] if values else default
        return last if isinstance(last, str) else default

    def file(self, name: str) -> UploadFile | None:
        """An uploaded file of the submitted form."""
        found = [
            value for value in self.form.get(name, ()) if isinstance(value, UploadFile) and value.filename
        ]
        return found[-1] if found else None

    def cookie(self, name: str) -> str:
        """A cookie of this site; empty if the browser has none."""
        return cookies.read(self.site.settings, self.request, name)

    def put_cookie(self, answer: Response[Any], name: str, value: str, *, seconds: int | None = None) -> None:
        """Give the browser one, guarded as all of them are; without ``seconds``, until it is closed."""
        cookies.put(self.site.settings, answer, name, value, seconds=seconds)

    def drop_cookie(self, answer: Response[Any], name: str) -> None:
        """Take one back."""
        cookies.drop(self.site.settings, answer, name)

    def json(self) -> Any:
        """The request's body. Raises ``MalformedError`` if it is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except RecursionError as error:
            raise MalformedError(_("The body is nested too deeply."), code="malformed_json") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedError(
                _("The body is not valid JSON: %(reason)s", reason=str(error)), code="malformed_json"
            ) from error

    def json_as(self, struct: type[S], *, field: str = "") -> S:
        """The body as a struct. Raises ``InvalidError`` about ``field`` where it does not fit."""
        try:
            return msgspec.convert(self.json(), struct)
        except msgspec.ValidationError as error:
            text = _("The request does not fit: %(reason)s", reason=error)
            raise InvalidError([FieldError(field, text)]) from error

    def render(
        self, template: str, *, status: int = 200, crumbs: Sequence[Crumb] = (), **values: Any
    ) -> Response[bytes]:
        """A page, in the shell of the signed-in user."""
        toast = _read_toast(self.cookie(TOAST_COOKIE))
        around = shell(self, crumbs=crumbs, toasts=[toast] if toast else []) if self.identity else None
        html = self.site.templates.get_template(template).render(
            shell=around,
            language=current_language().replace("_", "-"),
            page_title="",
            **values,
        )
        response = Response(html.encode(), media_type=MediaType.HTML, status_code=status)
        if toast:
            self.drop_cookie(response, TOAST_COOKIE)
        return response

    def fragment(self, template: str, **values: Any) -> Markup:
        """A piece of a page: for panels, and for answers that replace a part of one."""
        html = self.site.templates.get_template(template).render(**values)
        return Markup(html)  # noqa: S704 # nosec B704 # the template escaped what it was given

    @property
    def ui(self) -> Any:
        """The macros of ``components.html``, to draw a badge or a button inside a cell of a table."""
        return self.site.templates.get_template("components.html").module

    @property
    def csrf(self) -> str:
        """The token that forms must send back."""
        return self.identity.csrf if self.identity else str(self.request.scope.get("vinculo_csrf", ""))

    def follow_switches(self) -> None:
        """Have this process take up, before it answers, what the request switched."""
        self.request.scope["vinculo_switched"] = True  # type: ignore[typeddict-unknown-key]

    def redirect(self, url: str, *, toast: Toast | None = None) -> Response[bytes]:
        """Send the browser elsewhere with GET; ``toast`` is shown there once."""
        response = Response(b"", status_code=303, headers={"Location": url}, media_type="text/html")
        if toast:
            self.put_cookie(response, TOAST_COOKIE, _write_toast(toast), seconds=TOAST_SECONDS)
        return response


def _write_toast(toast: Toast) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(toast)).decode()


def _read_toast(cookie: str) -> Toast | None:
    try:
        toast = msgspec.json.decode(base64.urlsafe_b64decode(cookie), type=Toast) if cookie else None
    except (ValueError, msgspec.MsgspecError):
        return None
    return toast if toast and (not toast.undo_url or is_own_path(toast.undo_url)) else None


def is_own_path(url: str) -> bool:
    """Whether an address stays on this site.

    Browsers read a backslash as a slash and skip control characters.
    """
    return url.startswith("/") and not url.startswith("//") and "\\" not in url and url.isprintable()
