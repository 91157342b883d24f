"""Files that people send: only such as are asked for, and none that is another thing than its name says.

What a file is, its first bytes tell. Whoever reads it checks the rest; nobody keeps it under the name that it
came with.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import PurePath
from typing import Final

from litestar.datastructures import UploadFile

from vinculo.errors import InvalidFileError
from vinculo.i18n import gettext as _

ZIP: Final = "zip"
OLE: Final = "ole"  # what older office programs write
OTHER: Final = "other"  # text, if the reader can read it
_MAGIC: Final = {b"PK\x03\x04": ZIP, b"PK\x05\x06": ZIP, b"\xd0\xcf\x11\xe0": OLE}
_FOREIGN: Final = (  # what nobody means to be read here, however it is named
    b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"MZ\x90", b"\x7fELF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b",
)  # fmt: skip

Accepted = Mapping[str, Collection[str]]  # ending of a name → what such a file may be
TABLES: Final[Accepted] = {
    ".csv": {OTHER},
    ".tsv": {OTHER},
    ".psv": {OTHER},
    ".ssv": {OTHER},
    ".txt": {OTHER},
    ".ods": {ZIP},
    ".xlsb": {ZIP},  # taken to be told in words that it cannot be read
    ".xlsx": {ZIP},
    ".xlsm": {ZIP},
    ".vcf": {OTHER},
    ".xls": {OLE, ZIP, OTHER},  # many programs give this name to whatever a spreadsheet program opens
}
ARCHIVES: Final[Accepted] = {".vinculo": {ZIP}}


def check(upload: UploadFile, accepted: Accepted) -> None:
    """Raise ``InvalidFileError`` unless name and first bytes fit together and are asked for."""
    name = PurePath(upload.filename.replace("\\", "/")).name[-80:]
    kinds = accepted.get(PurePath(name).suffix.lower())
    if kinds is None:
        text = _("%(name)s cannot be taken: its name should end with %(known)s.")
        raise InvalidFileError(text % {"name": name, "known": ", ".join(accepted)}, code="file_type")
    upload.file.seek(0)
    head = upload.file.read(8)
    upload.file.seek(0)
    if head.startswith(_FOREIGN) or _MAGIC.get(head[:4], OTHER) not in kinds:
        text = _("%(name)s is not what its name says. Save it anew in the format of that name.", name=name)
        raise InvalidFileError(text, code="file_type")
