"""Files that are sent to be imported: kept, and read before anything is asked of them."""

from __future__ import annotations

import secrets
import shutil
from pathlib import Path

from litestar.datastructures import UploadFile

from vinculo.errors import FieldError, InvalidError
from vinculo.i18n import gettext as _
from vinculo.records import import_templates
from vinculo.records.import_runs import FOLDER
from vinculo.records.importing import Preview
from vinculo.records.models import ImportTemplate
from vinculo.records.tabular import Layout
from vinculo.web import uploads
from vinculo.web.site import Site


def store(site: Site, upload: UploadFile | None) -> Path:
    """Keep an uploaded file under a name that nobody can guess or choose."""
    if upload is None:
        raise InvalidError([FieldError("file", _("Choose a CSV, XLSX, ODS or vCard file."), "required")])
    uploads.check(upload, uploads.TABLES)
    folder = site.settings.files.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    upload.file.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(upload.file, target)
    return path


def receive(
    site: Site, upload: UploadFile | None, layout: Layout, template: ImportTemplate | None = None
) -> tuple[Path, Preview]:
    """Keep an uploaded file that can be imported; one that cannot raises ``InvalidFileError``."""
    path = store(site, upload)
    try:
        return path, import_templates.read(template, path, layout)
    except BaseException:
        path.unlink()
        raise
