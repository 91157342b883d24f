"""Templates: a language with variables and conditions only, MJML, and plain text.

Without loops, calls and arithmetic a template takes as long as it is long: there is nothing to interrupt.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any, Final

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vinculo.errors import VinculoError
from vinculo.i18n import gettext as _

ROOTS: Final = ("client", "person", "company", "event", "unsubscribe_url")
FILTERS: Final = ("capitalize", "default", "lower", "title", "trim", "upper")
_ALLOWED: Final = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Getattr, nodes.Filter, nodes.Const,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not,
)  # fmt: skip
LONGEST_VALUE: Final = 2000
LONGEST: Final = 1_000_000
_LINK: Final = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")
_HREF: Final = re.compile(r'(<a\b[^>]*?\bhref=")(https?://[^"]+)(")', re.IGNORECASE)
_HOUSE: Final = (
    '<mjml><mj-body background-color="#f3f4f6"><mj-section background-color="#ffffff" padding="24px 8px">'
    '<mj-column><mj-text font-size="16px" line-height="1.6" font-family="Arial, sans-serif">{}</mj-text>'
    "</mj-column></mj-section></mj-body></mjml>"
)
_FOOT: Final = (
    '<mj-section padding="16px 8px"><mj-column><mj-text align="center" font-size="12px" color="#5f6470"'
    ' font-family="Arial, sans-serif"><a href="{}" style="color:#5f6470">{}</a></mj-text></mj-column>'
    "</mj-section></mj-body>"
)


class TemplateError(VinculoError):
    """A template that cannot be used, with the reason in words."""

    status = 422
    code = "template"


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message as it is sent."""

    subject: str
    html: str
    text: str


def _environment(*, autoescape: bool) -> ImmutableSandboxedEnvironment:
    made = ImmutableSandboxedEnvironment(autoescape=autoescape, keep_trailing_newline=True)
    made.globals.clear()
    made.filters = {name: made.filters[name] for name in FILTERS}
    made.tests = {}
    return made


_MARKUP: Final = _environment(autoescape=True)
_PLAIN: Final = _environment(autoescape=False)


def is_mjml(body: str) -> bool:
    """Whether a body has a layout of its own; else it is text, and gets one."""
    return body.lstrip().lower().startswith("<mjml")


def variables(source: str) -> set[str]:
    """What a template asks for, as ``client.name``. Raises ``TemplateError`` for what it may not do."""
    try:
        tree = _PLAIN.parse(source)
    except jinja2.TemplateSyntaxError as error:
        text = _("Line %(line)s: %(reason)s", line=error.lineno, reason=error.message)
        raise TemplateError(text) from error
    return set(_asked(tree))


def _asked(node: nodes.Node) -> Iterator[str]:
    if not isinstance(node, _ALLOWED):
        text = _("Line %(line)s: only variables, conditions and these filters may be used: %(filters)s.")
        raise TemplateError(text % {"line": node.lineno, "filters": ", ".join(FILTERS)})
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        text = _("Line %(line)s: there is no filter “%(name)s”; there are: %(filters)s.")
        raise TemplateError(text % {"line": node.lineno, "name": node.name, "filters": ", ".join(FILTERS)})
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        yield f"{_root(node.node)}.{node.attr}"
        return
    if isinstance(node, nodes.Name):
        yield _root(node)
    for child in node.iter_child_nodes():
        yield from _asked(child)


def _root(node: nodes.Name) -> str:
    if node.name not in ROOTS:
        text = _("Line %(line)s: there is no “%(name)s”; there are: %(names)s.")
        raise TemplateError(text % {"line": node.lineno, "name": node.name, "names": ", ".join(ROOTS)})
    return node.name


class Letter:
    """A template that was read: rendered once for each recipient."""

    def __init__(self, subject: str, body: str, text: str = "") -> None:
        """Raises ``TemplateError``."""
        self.asked = variables(subject) | variables(body) | variables(text)
        self._mjml = is_mjml(body)
        self._subject = _PLAIN.from_string(subject)
        self._body = (_MARKUP if self._mjml else _PLAIN).from_string(body)
        self._text = _PLAIN.from_string(text) if text.strip() else None

    def render(self, values: Mapping[str, Any], *, foot: str = "") -> Rendered:
        """The letter for these values; ``foot`` is the text of a link to opt out, below unless it is there.

        Raises ``TemplateError``.
        """
        known = _known(values)
        url = str(values.get("unsubscribe_url", ""))
        body = self._body.render(known)
        if len(body) > LONGEST:
            raise TemplateError(_("The letter is too long: more than %(most)s characters.", most=LONGEST))
        source = body if self._mjml else _HOUSE.format(_paragraphs(body))
        if foot and "unsubscribe_url" not in self.asked:
            below = _FOOT.format(html.escape(url), html.escape(foot))
            source = re.sub(r"</mj-body>", lambda _found: below, source, count=1)
        made = _to_html(source)
        text = self._text.render(known) if self._text else (plain_text(body) if self._mjml else body)
        if foot and url not in text:
            text = f"{text.rstrip()}\n\n{foot}: {url}"
        return Rendered(" ".join(self._subject.render(known).split())[:300], made, text.strip() + "\n")

    def render_text(self, values: Mapping[str, Any]) -> str:
        """A text message."""
        return self._body.render(_known(values)).strip()[:1000]


def _known(values: Mapping[str, Any]) -> dict[str, Any]:
    def short(value: Any) -> str:
        return str(value)[:LONGEST_VALUE]

    return {
        name: SimpleNamespace(**{key: short(one) for key, one in value.items()})
        if isinstance(value, Mapping)
        else short(value)
        for name, value in values.items()
    }


def _paragraphs(body: str) -> str:
    def linked(text: str) -> str:
        escaped = html.escape(text, quote=False)
        return _LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escaped).replace("\n", "<br/>")

    return "".join(f"<p>{linked(part)}</p>" for part in re.split(r"\n\s*\n", body.strip()))


def _to_html(source: str) -> str:
    import mrml  # noqa: PLC0415 -- 2 MB, for processes that draw mailings

    try:
        no_fonts = mrml.RenderOptions(fonts={})  # of other servers, which would tell who reads
        return mrml.to_html(source, None, no_fonts).content
    except OSError as error:  # that is what it raises for any fault
        raise TemplateError(_("The MJML is not right: %(reason)s", reason=error)) from error


def with_links(page: str, change: Any) -> str:
    """The HTML with each address that a link leads to replaced by what ``change(url)`` says."""
    return _HREF.sub(lambda found: found[1] + html.escape(change(html.unescape(found[2]))) + found[3], page)


_UNREAD: Final = ("head", "style", "script", "mj-head")
_BLOCKS: Final = ("p", "div", "tr", "br", "h1", "h2", "h3", "li", "mj-text", "mj-button", "mj-section")
_LINKS: Final = ("a", "mj-button")


class _Reader(HTMLParser):
    """Collects what is read: text, and where links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._hidden = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _UNREAD
        if tag in _BLOCKS:
            self.parts.append("\n")
        if tag in _LINKS:
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in _UNREAD
        if tag in _LINKS and self._links:
            url = self._links.pop()
            if url and not (self.parts and self.parts[-1].endswith(url)):
                self.parts.append(f" ({url})")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(" ".join(data.split()) if data.strip() else " " * bool(data))


def plain_text(page: str) -> str:
    """What HTML or MJML says, without what it looks like."""
    reader = _Reader()
    reader.feed(page)
    lines = (" ".join(line.split()) for line in "".join(reader.parts).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
