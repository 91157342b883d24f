"""The skeleton that ``vinculo plugins new`` writes: what things are called, and the files themselves."""

from __future__ import annotations

import builtins
import keyword
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, Final

from vinculo import __version__
from vinculo.errors import ConflictError, FieldError, InvalidError, VinculoError
from vinculo.i18n import gettext as _

# Where each file of ``files/`` goes. They are named so that no tool takes them for what they will be.
FILES: Final = {
    ".gitignore": "gitignore.tmpl",
    "README.md": "readme.md.tmpl",
    "pyproject.toml": "pyproject.toml.tmpl",
    "{package}/__init__.py": "manifest.py.tmpl",
    "{package}/plugin.py": "plugin.py.tmpl",
    "{package}/models.py": "models.py.tmpl",
    "{package}/records.py": "records.py.tmpl",
    "{package}/py.typed": "py.typed.tmpl",
    "{package}/migrations/0001_initial.py": "migration.py.tmpl",
    "tests/test_contract.py": "contract.py.tmpl",
    "tests/test_story.py": "story.py.tmpl",
}
LONGEST: Final = 40  # a table; the names of its keys must fit into the 63 letters of PostgreSQL
OTHERS_TABLES: Final = {"alembic", "dbos", "pg", "sqlite", "vinculo"}  # what begins so is not for plugins
# What the files import, and a class or a variable of the same name would hide.
IMPORTED: Final = {"link_field", "mapped", "mark", "moment", "record", "record_kind", "text_field"}
_NAME: Final = re.compile(r"[a-z][a-z0-9]{1,30}", re.ASCII)
_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*([ -][A-Za-z0-9]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a new plugin may not use: names of plugins and tables, of kinds of records, and addresses."""

    names: Collection[str]
    kinds: Collection[str]
    urls: Collection[str]


@dataclass(frozen=True, slots=True)
class Names:
    """What the parts of a plugin are called: ``label`` is what one record is called, ``plural`` several."""

    name: str
    label: str
    plural: str

    @classmethod
    def of(cls, name: str, label: str = "", plural: str = "") -> Names:
        """With what is left out made up: “gifts” holds gifts, “loyalty” holds loyalties."""
        several = name[:-1] if name.endswith("s") and not name.endswith("ss") else name
        one = label.strip() or several.capitalize()
        return cls(name, one, plural.strip() or _plural(one))

    @property
    def kind(self) -> str:
        """The name of the kind of record."""
        return re.sub("[ -]", "_", self.label.lower())

    @property
    def url(self) -> str:
        """The first part of the addresses."""
        return self.plural.lower().replace(" ", "-")

    @property
    def table(self) -> str:
        """The name of the table, which begins with that of the plugin."""
        return f"{self.name}_{self.kind.removeprefix(f'{self.name}_')}"

    @property
    def package(self) -> str:
        """The import package."""
        return f"vinculo_{self.name}"

    def values(self) -> Mapping[str, str]:
        """What is filled into the files."""
        return {
            "name": self.name,
            "package": self.package,
            "label": self.label,
            "plural": self.plural,
            "one": self.label.lower(),
            "many": self.plural.lower(),
            "kind": self.kind,
            "url": self.url,
            "table": self.table,
            "model": "".join(part.capitalize() for part in self.kind.split("_")),
            "vinculo": __version__,
        }


def check(names: Names, taken: Taken) -> None:
    """Raise ``InvalidError`` for names with which no plugin can be written."""
    errors = [*_name_faults(names.name, taken), *_label_faults(names, taken)]
    if errors:
        raise InvalidError(errors, code="name")


def write(names: Names, folder: Path) -> list[Path]:
    """Write the plugin into a folder that is not there yet; its files, in order.

    Raises ``ConflictError`` if there is one. What fails leaves nothing behind.
    """
    if os.path.lexists(folder):
        text = _("%(folder)s is there already; name another folder with --into.", folder=folder)
        raise ConflictError(text, code="folder_exists")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as temporary:
            draft = Path(temporary) / folder.name
            written = [*_write(names, draft)]
            shutil.move(draft, folder)
    except OSError as error:
        reason = error.strerror or str(error)
        text = _("%(folder)s cannot be written: %(reason)s", folder=folder, reason=reason)
        raise VinculoError(text, code="not_writable") from error
    return [folder / path for path in written]


def _write(names: Names, folder: Path) -> Iterator[Path]:
    source: Any = files(__name__) / "files"
    for pattern, template in FILES.items():
        path = Path(pattern.format(package=names.package))
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        text = Template((source / template).read_text(encoding="utf-8")).substitute(names.values())
        (folder / path).write_text(text, encoding="utf-8")
        yield path


def _name_faults(name: str, taken: Taken) -> Iterator[FieldError]:
    if not _NAME.fullmatch(name):
        text = _(
            "NAME “%(name)s” must be one word of 2 to 31 lower-case letters and digits.",
            name=name,
        )
        yield FieldError("name", text)
    elif keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in sys.stdlib_module_names:
        text = _("NAME “%(name)s” is a word or a module of Python; choose another.", name=name)
        yield FieldError("name", text, "reserved")
    elif name in taken.names or name in OTHERS_TABLES:
        text = _(
            "NAME “%(name)s” is that of a plugin or of tables that are there; choose another.", name=name
        )
        yield FieldError("name", text, "taken")


def _label_faults(names: Names, taken: Taken) -> Iterator[FieldError]:
    for option, text in (("label", names.label), ("plural", names.plural)):
        if not _LABEL.fullmatch(text):
            fault = _(
                "--%(option)s “%(text)s” must be English words; translate it later.", option=option, text=text
            )
            yield FieldError(option, fault)
            return
    if len(names.table) > LONGEST:
        fault = _(
            "--label “%(text)s” is too long: its table would be %(table)s.",
            text=names.label,
            table=names.table,
        )
        yield FieldError("label", fault, "too_long")
    elif names.kind in {*keyword.kwlist, *dir(builtins), *IMPORTED}:
        fault = _("--label “%(text)s” is a word of Python or Vinculo; choose another.", text=names.label)
        yield FieldError("label", fault, "reserved")
    elif names.kind in taken.kinds:
        fault = _(
            "--label “%(text)s”: there is a kind of record of that name; choose another.", text=names.label
        )
        yield FieldError("label", fault, "taken")
    elif names.url in taken.urls:
        fault = _(
            "--plural “%(text)s”: the address /%(url)s is taken; choose another.",
            text=names.plural,
            url=names.url,
        )
        yield FieldError("plural", fault, "taken")


def _plural(word: str) -> str:
    """As English forms it mostly; --plural is for the rest."""
    if re.search("[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}es" if re.search("(s|x|z|ch|sh)$", word) else f"{word}s"
