"""The Jinja environment: templates of the kernel and of plugins, escaped, translated."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from types import CodeType
from typing import Any, Final

import jinja2
from jinja2.bccache import Bucket
from jinja2.utils import LRUCache
from markupsafe import Markup

from vinculo import i18n

_csrf: ContextVar[str] = ContextVar("vinculo_csrf", default="")


@contextmanager
def use_csrf(token: str) -> Iterator[None]:
    """The token that forms carry within the block.

    Not among the values of a template: macros that use them are made anew for each template of a page,
    which took a tenth of the time of a card.
    """
    before = _csrf.set(token)
    try:
        yield
    finally:
        _csrf.reset(before)


def set_csrf(token: str) -> None:
    """Take another one for the rest of the block."""
    _csrf.set(token)


class _Compiled(jinja2.BytecodeCache):
    """What this process has compiled, for the next app that it builds."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._known.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._known[bucket.key, bucket.checksum] = bucket.code


_COMPILED: Final = _Compiled()


def environment(packages: Sequence[str]) -> jinja2.Environment:
    """Templates from ``<package>/templates`` of each package, the kernel's first.

    A plugin's templates lie in a folder of its own name, so none can shadow another's.
    """
    loaders = [jinja2.FileSystemLoader(folder) for folder in map(_folder, packages) if folder.is_dir()]
    result = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
        bytecode_cache=_COMPILED,
        extensions=["jinja2.ext.i18n"],
    )
    result.install_gettext_callables(  # type: ignore[attr-defined]
        i18n.translation, i18n.plural_translation, newstyle=True
    )
    result.globals["_"] = _translator()
    result.globals["cached"] = _cache()
    result.globals["static"] = static_url
    result.globals["symbols"] = symbols
    result.globals["csrf_token"] = _csrf.get
    return result


def _translator() -> Callable[..., Markup]:
    """What templates call ``_``: as Jinja's own, but a page has sixty texts, and that takes 5 µs for each."""

    @lru_cache(4096)
    def fixed(language: str, message: str) -> Markup:
        return Markup(i18n.translation(message)) % {}  # noqa: S704 # nosec B704 # texts of ours, in which “%%” is “%”

    def translate(message: str, **params: Any) -> Markup:
        if not params:
            return fixed(i18n.current_language(), message)
        return Markup(i18n.translation(message)) % params  # noqa: S704 # nosec B704 # Markup escapes what is filled in

    return translate


def _cache() -> Callable[..., str]:
    """What templates ``call`` around a part that is the same on many pages: all it depends on is its key."""
    known = LRUCache(1000)

    def cached(*key: Hashable, caller: Callable[[], str]) -> str:
        drawn: str | None = known.get(key)
        if drawn is None:
            drawn = known[key] = caller()
        return drawn

    return cached


def _folder(package: str) -> Path:
    return Path(str(files(package))) / "templates"


def static_url(path: str) -> str:
    """The address of a static file of the kernel, changing with its content so that it can be cached."""
    return f"/static/{path}?v={_digests().get(path, '')}"


def symbols(*names: str) -> Markup:
    """Icons that stand in a page themselves, as ``#i-NAME``: of many, the addresses outweigh them."""
    found = "".join(_symbols()[name].replace(' id="', ' id="i-', 1) for name in names)
    return Markup(f"<svg hidden>{found}</svg>")  # noqa: S704 # nosec B704 # out of a file of ours


@cache
def _symbols() -> Mapping[str, str]:
    sprite = (Path(str(files("vinculo.web"))) / "static" / "icons.svg").read_text()
    return {one[1]: one[0] for one in re.finditer(r'<symbol id="([^"]+)".*?</symbol>', sprite)}


@cache
def _digests() -> Mapping[str, str]:
    root = Path(str(files("vinculo.web"))) / "static"
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        for path in root.rglob("*")
        if path.is_file()
    }
