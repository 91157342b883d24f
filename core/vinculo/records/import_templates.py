"""Mappings of imports under a name: offered again where a file has the same titles, alone or for everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, InvalidFileError, NotFoundError
from vinculo.i18n import gettext as _
from vinculo.records import import_values, importing
from vinculo.records.import_parts import Parts
from vinculo.records.import_values import Mapped
from vinculo.records.importing import Preview
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportTemplate
from vinculo.records.tabular import Layout

LONGEST: Final = 60


def of_kind(session: Session, kind: RecordKind, actor: Actor) -> list[ImportTemplate]:
    """The templates that an actor may use: their own first, the latest of them first."""
    query = _visible(actor).where(ImportTemplate.kind == kind.name)
    found = session.scalars(query.order_by(ImportTemplate.changed_at.desc())).all()
    return sorted(found, key=lambda one: one.owner_id != actor.user_id)


def fitting(session: Session, kind: RecordKind, header: Sequence[str], actor: Actor) -> list[ImportTemplate]:
    """Those of them that were made for a file with these titles, in whatever order."""
    key = _key(header)
    return [one for one in of_kind(session, kind, actor) if one.titles == key]


def named(session: Session, kind: RecordKind, name: str, actor: Actor) -> ImportTemplate:
    """The template of a name. Raises ``InvalidError`` naming those that there are."""
    found = of_kind(session, kind, actor)
    for one in found:
        if one.name.casefold() == name.strip().casefold():
            return one
    known = ", ".join(one.name for one in found) or _("none")
    text = _("There is no template “%(name)s”; there are: %(known)s.", name=name[:LONGEST], known=known)
    raise InvalidError([FieldError("template", text, "unknown_template")])


def get(session: Session, template_id: int, actor: Actor) -> ImportTemplate:
    """A template that the actor may use. Raises ``NotFoundError``."""
    query = _visible(actor).where(ImportTemplate.id == template_id)
    found: ImportTemplate | None = session.scalar(query) if 0 < template_id < 2**63 else None
    if found is None:
        raise NotFoundError(_("There is no template %(id)s.", id=template_id))
    return found


def _visible(actor: Actor) -> sa.Select[Any]:
    query = sa.select(ImportTemplate)
    if actor.is_administrator:
        return query
    return query.where(sa.or_(ImportTemplate.owner_id == actor.user_id, ImportTemplate.shared))


def may_change(template: ImportTemplate, actor: Actor) -> bool:
    """Whether a template is the actor's own, or they are an administrator."""
    return actor.is_administrator or template.owner_id == actor.user_id


def save(
    session: Session,
    name: str,
    seen: Preview,
    mapped: Mapped,
    *,
    shared: bool,
    actor: Actor,
) -> ImportTemplate:
    """Keep a mapping that was checked; the actor's own one of that name is replaced."""
    clean = " ".join(name.replace("\x00", "").encode(errors="replace").decode().split())
    if not 0 < len(clean) <= LONGEST:
        text = _("The name of a template has 1 to %(limit)s characters.", limit=LONGEST)
        raise InvalidError([FieldError("save_template", text)])
    query = sa.select(ImportTemplate).where(
        ImportTemplate.kind == mapped.parts.main.name,
        ImportTemplate.owner_id == actor.user_id,
        ImportTemplate.name == clean,
    )
    found = session.scalars(query).first() or ImportTemplate(
        kind=mapped.parts.main.name, owner_id=actor.user_id, name=clean
    )
    found.shared, found.titles, found.changed_at = shared, _key(seen.header), now()
    found.others = [kind.name for kind in mapped.parts.others]
    found.mapping, found.match = dict(mapped.columns), list(mapped.match)
    found.meanings = import_values.kept(mapped.values, mapped.columns)
    found.layout = msgspec.to_builtins(seen.layout)
    session.add(found)
    session.flush()
    return found


def delete(session: Session, template_id: int, actor: Actor) -> None:
    """Forget a template. Raises ``NotFoundError``, also for one that is another's."""
    found = get(session, template_id, actor)
    if not may_change(found, actor):
        raise NotFoundError(_("There is no template %(id)s.", id=template_id))
    session.delete(found)
    session.flush()


def mapped_by(template: ImportTemplate, parts: Parts, header: Sequence[str]) -> Mapped:
    """What the template says of a file, as far as that has the columns and the actor the fields."""
    known, keys = parts.targets(), parts.match_targets()
    columns = {title: name for title, name in template.mapping.items() if title in header and name in known}
    match = [name for name in template.match if name in keys and name in columns.values()]
    return Mapped(parts, columns, match, import_values.kept(template.meanings, columns))


def layout_of(template: ImportTemplate) -> Layout:
    """How the file was read when the template was made."""
    return msgspec.convert(template.layout, Layout)


def read(template: ImportTemplate | None, path: Path, asked: Layout) -> Preview:
    """Count the rows of a file, which is read as it is asked, and as its template has it where nobody says.

    An encoding counts only where the file is not plainly Unicode, and all of it only where the file then has
    columns of the template. Raises ``InvalidFileError``.
    """
    if template is None:
        return importing.count_rows(path, asked)
    known, found = layout_of(template), None
    layout = Layout(
        encoding=asked.encoding,
        delimiter=asked.delimiter or known.delimiter,
        sheet=asked.sheet or known.sheet,
        header=known.header if asked.header is None else asked.header,
    )
    for encoding in dict.fromkeys((asked.encoding, asked.encoding or known.encoding)):
        if found is None or not (found.layout.encoding or "utf").startswith("utf"):
            found = _fitting(template, path, replace(layout, encoding=encoding)) or found
    return found or importing.count_rows(path, asked)


def _fitting(template: ImportTemplate, path: Path, layout: Layout) -> Preview | None:
    try:
        seen = importing.count_rows(path, layout)
    except InvalidFileError:
        return None
    return seen if any(title in seen.header for title in template.mapping) else None


def _key(header: Sequence[str]) -> str:
    return sha256("\n".join(sorted(header)).encode(errors="replace")).hexdigest()
