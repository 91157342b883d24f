"""The sealed file: a ZIP of tables as JSON lines, with their schema, counts and hashes.

It is written under another name and given its own when it is whole, so what was cut short is never valid.
A file may come from a stranger: nothing of it is believed before every hash was checked.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

import msgspec

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _
from vinculo.transfer.reading import CHUNK, Rows, Sealer, Source, TableSeal

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
FILES: Final = "files/"
PARTIAL: Final = ".partial"  # what the name of a file ends with until it is whole
MAX_MANIFEST: Final = 16 * 1024 * 1024
MAX_LINE: Final = 64 * 1024 * 1024
CHUNK_BYTES: Final = 1024 * 1024
MAX_RATIO: Final = 500  # rows compress well, but not like a bomb
Seals = dict[str, TableSeal]
# What reading a file says that is cut, changed, encrypted or packed in a way of its own.
_DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    msgspec.MsgspecError,
    LookupError,
    EOFError,
    UnicodeDecodeError,
    RuntimeError,
)


class Contents(msgspec.Struct, frozen=True):
    """What a table in a sealed file holds."""

    rows: int
    sha256: str
    last_id: int
    schema: dict[str, Any]


class Manifest(msgspec.Struct, frozen=True):
    """The list of contents. ``what`` ∈ plugin, company; ``versions`` maps a history to its revision."""

    format: int
    what: str
    plugin: str
    version: str
    created_at: str
    versions: dict[str, str]
    tables: dict[str, Contents]
    about: dict[str, Any] = {}


class Sealed:
    """A sealed file that was checked. Use it as a ``Source``; close it."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path, self.manifest = path, manifest
        self._archive = archive

    @property
    def tables(self) -> Sequence[str]:
        """The names of its tables."""
        return [*self.manifest.tables]

    def schema(self, table: str) -> dict[str, Any]:
        """How the table was made."""
        return self.manifest.tables[table].schema

    def last_id(self, table: str) -> int:
        """The highest id that was ever given."""
        return self.manifest.tables[table].last_id

    def rows(self, table: str) -> Rows:
        """Encoded rows by id, in chunks."""
        chunk: list[dict[str, Any]] = []
        with self._archive.open(_entry(table)) as file:
            while line := file.readline(MAX_LINE):
                chunk.append(msgspec.json.decode(line, type=dict[str, Any]))
                if len(chunk) == CHUNK:
                    yield chunk
                    chunk = []
        if chunk:
            yield chunk

    def extract_files(self, folder: Path) -> int:
        """Write the files into a folder; how many there were."""
        names = self._file_entries()
        for name in names:
            target = folder / PurePosixPath(name[len(FILES) :])
            target.parent.mkdir(parents=True, exist_ok=True)
            with self._archive.open(name) as source, target.open("wb") as file:
                shutil.copyfileobj(source, file)
        return len(names)

    def _file_entries(self) -> list[str]:
        return [name for name in self._archive.namelist() if name.startswith(FILES)]

    def verify(self) -> None:
        """Raise ``InvalidFileError`` unless every table is what the list of contents says.

        Files have a checksum of their own, which zipfile compares with what it reads.
        """
        for name in self._file_entries():
            with self._archive.open(name) as file:
                while file.read(CHUNK_BYTES):
                    pass
        for table, contents in self.manifest.tables.items():
            sealer = Sealer(table)
            for chunk in self.rows(table):
                sealer.add(chunk)
            if (sealer.seal.rows, sealer.seal.sha256) != (contents.rows, contents.sha256):
                raise damaged(self.path, table)


@contextmanager
def open_sealed(path: Path, what: str, plugin: str = "") -> Iterator[Sealed]:
    """Open and check a sealed file.

    Raises ``InvalidFileError`` (archive_invalid, archive_of_another, archive_newer) for any other file.
    """
    with ExitStack() as stack:
        try:
            archive = stack.enter_context(zipfile.ZipFile(path))
            sealed = _checked(path, archive, what, plugin)
        except _DAMAGED as error:
            raise damaged(path, str(error).partition("\n")[0]) from error
        except OSError as error:
            text = _("%(file)s cannot be read: %(reason)s.", file=path.name, reason=error.strerror or error)
            raise InvalidFileError(text, code="archive_invalid") from error
        yield sealed  # what goes wrong from here on is not the file's fault


def read_manifest(path: Path) -> Manifest:
    """The list of contents of a file that is opened and checked next: what it is an archive of."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _manifest(path, archive)
    except (*_DAMAGED, OSError) as error:
        raise damaged(path, MANIFEST) from error


def write_sealed(
    path: Path, source: Source, describe: Mapping[str, Any], files: Sequence[Path], root: Path
) -> Seals:
    """Write a sealed file; ``describe`` are the fields of ``Manifest`` that the tables do not tell.

    ``files`` lie below ``root``. Raises ``InvalidFileError`` where the file cannot be written.
    """
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            seals = _write(file, source, describe, files, root)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        text = _("%(file)s cannot be written: %(reason)s.", file=path, reason=error.strerror or error)
        raise InvalidFileError(text, code="not_writable") from error
    return seals


def file_hash(path: Path) -> str:
    """The SHA-256 of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(
    file: IO[bytes], source: Source, describe: Mapping[str, Any], files: Sequence[Path], root: Path
) -> Seals:
    seals: Seals = {}
    tables: dict[str, Contents] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for table in source.tables:
            sealer = Sealer(table)
            with archive.open(_entry(table), "w", force_zip64=True) as entry:
                for chunk in source.rows(table):
                    entry.write(b"".join(sealer.add(chunk)))
            seals[table] = sealer.seal
            tables[table] = Contents(
                sealer.count, sealer.seal.sha256, source.last_id(table), source.schema(table)
            )
        for one in files:
            with suppress(FileNotFoundError):  # it has gone since they were listed
                archive.write(one, FILES + one.relative_to(root).as_posix())
        manifest = Manifest(format=FORMAT, tables=tables, **describe)
        archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
    return seals


def _checked(path: Path, archive: zipfile.ZipFile, what: str, plugin: str) -> Sealed:
    _check_entries(path, archive)
    manifest = _manifest(path, archive)
    if manifest.what != what or manifest.plugin != plugin:
        raise _of_another(path, manifest, what, plugin)
    sealed = Sealed(path, archive, manifest)
    sealed.verify()
    return sealed


def _check_entries(path: Path, archive: zipfile.ZipFile) -> None:
    for info in archive.infolist():
        parts = PurePosixPath(info.filename).parts
        outside = (
            info.filename.startswith("/") or "\\" in info.filename or ".." in parts or ":" in info.filename
        )
        bomb = info.file_size > MAX_LINE and info.file_size > MAX_RATIO * max(info.compress_size, 1)
        encrypted = info.flag_bits & 1
        if outside or bomb or encrypted:
            raise damaged(path, info.filename)


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST).file_size > MAX_MANIFEST:
        raise damaged(path, MANIFEST)
    text = archive.read(MANIFEST)
    if msgspec.json.decode(text, type=dict[str, Any]).get("format", 0) != FORMAT:
        raise InvalidFileError(
            _("%(file)s was written by a newer Vinculo; use that one to read it.", file=path.name),
            code="archive_newer",
        )
    return msgspec.json.decode(text, type=Manifest)


def _entry(table: str) -> str:
    return f"tables/{table}.jsonl"


def _of_another(path: Path, manifest: Manifest, what: str, plugin: str) -> InvalidFileError:
    labels = {"company": _("a backup of a whole company"), "plugin": _("an archive of the plugin %(name)s")}
    text = _(
        "%(file)s is %(found)s, not %(wanted)s.",
        file=path.name,
        found=labels.get(manifest.what, "?") % {"name": manifest.plugin},
        wanted=labels[what] % {"name": plugin},
    )
    return InvalidFileError(text, code="archive_of_another")


def damaged(path: Path, where: str) -> InvalidFileError:
    """The file is not what Vinculo writes."""
    text = _("%(file)s is no complete archive of Vinculo (%(where)s). Take another copy of it.")
    return InvalidFileError(text % {"file": path.name, "where": where}, code="archive_invalid")
