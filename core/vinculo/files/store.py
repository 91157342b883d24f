"""Keeping the contents of files: written beside their place, then renamed into it, whole or not at all.

Each row has a name of its own on disk. Equal contents are stored once: a second name leads to the first
one's place (a hard link), so that one of them can be deleted or erased and the other stays.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import IO, Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db import rows
from vinculo.errors import FieldError, InvalidError, NotFoundError
from vinculo.events.models import Trash
from vinculo.files import sniffing
from vinculo.files.models import StoredFile
from vinculo.files.records import file
from vinculo.i18n import format_number
from vinculo.i18n import gettext as _
from vinculo.records import service
from vinculo.records.reading import Values
from vinculo.settings import Settings
from vinculo.transfer.sealed import PARTIAL

FOLDER: Final = "files"  # that of the table, where erasing looks for them
JOB: Final = "files.tidy"
CHUNK: Final = 1024 * 1024
UNUSED_SECONDS: Final = 24 * 3600.0  # so old is no upload that still runs
LONGEST: Final = 150


@dataclass(frozen=True, slots=True)
class Received:
    """Contents that lie beside their place until a row has need of them."""

    name: str
    partial: Path
    digest: str
    size: int
    media_type: str


@contextmanager
def received(settings: Settings, stream: IO[bytes], name: str) -> Iterator[Received]:
    """Write contents to disk, outside of any transaction; what nobody has kept is gone with the block.

    Raises ``InvalidError`` for what is empty or too large.
    """
    folder = settings.files.folder / FOLDER
    partial, digest, size, head = _write(folder, stream, settings.server.max_upload_mb * 1024 * 1024)
    try:
        yield Received(safe_name(name), partial, digest, size, sniffing.media_type(head))
    finally:
        partial.unlink(missing_ok=True)


def keep(
    session: Session, settings: Settings, got: Received, *, actor: Actor, about: Mapping[str, Any]
) -> StoredFile:
    """Make a file of what was received; ``about`` holds ``client_id``, ``person_id`` and the like.

    Raises ``InvalidError`` where there is no room. If the transaction is rolled back, what was written is
    removed by ``tidy``.
    """
    _check_room(session, settings, got.size)
    path = f"{got.digest[:2]}/{secrets.token_hex(16)}"
    values = {
        "name": got.name, "size": got.size, "media_type": got.media_type, "digest": got.digest,
        "path": path, **about,
    }  # fmt: skip
    record: StoredFile = service.create(session, file, Values(values), actor=actor)
    _put(session, settings.files.folder / FOLDER, got.partial, path, got.digest)
    return record


def store(
    session: Session,
    settings: Settings,
    stream: IO[bytes],
    name: str,
    *,
    actor: Actor,
    about: Mapping[str, Any],
) -> StoredFile:
    """Both in one, for what is small. Raises what they raise."""
    with received(settings, stream, name) as got:
        return keep(session, settings, got, actor=actor, about=about)


def open_content(settings: Settings, record: StoredFile) -> Path:
    """Where the content of a file lies. Raises ``NotFoundError`` where it is gone."""
    path = settings.files.folder / FOLDER / record.path
    if not record.path or not path.is_file():
        raise NotFoundError(_("The content of “%(name)s” is not there any more.", name=record.name))
    return path


def safe_name(name: str) -> str:
    """The last part of what was sent, without what confuses people or file systems."""
    bare = PurePath(name.replace("\\", "/")).name
    clean = "".join(char for char in bare if char.isprintable() and char not in '<>:"/|?*').strip(". ")
    stem, dot, ending = clean.rpartition(".")
    if len(clean) > LONGEST:
        clean = (
            f"{stem[: LONGEST - len(ending) - 1]}{dot}{ending}"
            if dot and len(ending) < 12
            else clean[:LONGEST]
        )
    return clean or _("File")


def _write(folder: Path, stream: IO[bytes], most: int) -> tuple[Path, str, int, bytes]:
    """(where it lies, its digest, its size, its beginning)."""
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f"{secrets.token_hex(16)}{PARTIAL}"
    seal, size, head = hashlib.sha256(), 0, b""
    try:
        with partial.open("wb") as target:
            while size <= most and (chunk := stream.read(CHUNK)):
                size += len(chunk)
                head = head or chunk[: sniffing.HEAD]
                seal.update(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        _check_size(size, most)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return partial, seal.hexdigest(), size, head


def _check_size(size: int, most: int) -> None:
    if not size:
        raise _fault(_("It is empty."))
    if size > most:
        text = _("It is larger than %(most)s MB. Make it smaller, or ask an administrator.")
        raise _fault(text % {"most": format_number(most // 1024 // 1024)})


def _fault(text: str) -> InvalidError:
    return InvalidError([FieldError("file", text)])


def _check_room(session: Session, settings: Settings, size: int) -> None:
    most = settings.files.total_mb
    if most:
        used = session.scalar(sa.select(sa.func.coalesce(sa.func.sum(StoredFile.size), 0))) or 0
        if used + size > most * 1024 * 1024:
            text = _("All files together may have %(most)s MB. Delete some, or ask an administrator.")
            raise _fault(text % {"most": format_number(most)})


def _put(session: Session, folder: Path, partial: Path, path: str, digest: str) -> None:
    target = folder / path
    target.parent.mkdir(exist_ok=True)
    same = sa.select(StoredFile.path).where(StoredFile.digest == digest, StoredFile.path != path)
    for other in session.scalars(same.limit(3)):
        with suppress(OSError):
            os.link(folder / other, target)
            return
    partial.replace(target)
    with suppress(OSError):  # so that the name outlives a power cut, where the system can say so
        handle = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def tidy(site: Any) -> None:
    """Remove contents that no row and no row in the trash needs. Running it twice does no harm."""
    folder = site.settings.files.folder / FOLDER
    old = time.time() - UNUSED_SECONDS
    found = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_ctime < old]
    if not found:
        return
    with site.database.read() as session:
        needed = {*session.scalars(sa.select(StoredFile.path)), *_in_trash(session)}
    for path in found:
        if path.relative_to(folder).as_posix() not in needed:
            path.unlink(missing_ok=True)


def _in_trash(session: Session) -> set[str]:
    table = StoredFile.__tablename__
    return {
        str(rows.decode(row["values"].get("path")))
        for kept in session.scalars(sa.select(Trash.rows).execution_options(yield_per=100))
        for row in kept
        if row["table"] == table
    }
