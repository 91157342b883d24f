"""Runs of imports: uploaded files, what was asked of them, and the job that does it."""

from __future__ import annotations

import logging
import secrets
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from litestar.datastructures import UploadFile
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.db.base import now
from vinculo.errors import FieldError, InvalidError, InvalidFileError, NotFoundError, VinculoError
from vinculo.i18n import current_language, use_locale
from vinculo.i18n import gettext as _
from vinculo.jobs import JobHandler
from vinculo.jobs.progress import JobCancelledError, report
from vinculo.records import access, importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan, Preview, Tally
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportRun, RunState
from vinculo.web import uploads
from vinculo.web.site import Site

logger = logging.getLogger(__name__)
JOB: Final = "records.import"
KEPT_DAYS: Final = 30
FOLDER: Final = "imports"
COUNTS: Final = ("done", "created", "changed", "unchanged", "rejected")

ActorOf = Callable[[Session, int | None], Actor]


class TakenOverError(Exception):
    """Another worker goes on with this run: what this one did last was rolled back."""


def store(site: Site, upload: UploadFile | None) -> Path:
    """Keep an uploaded file under a name that nobody can guess or choose."""
    if upload is None:
        raise InvalidError([FieldError("file", _("Choose a CSV or XLSX file."), "required")])
    uploads.check(upload, uploads.TABLES)
    folder = site.settings.files.folder / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / secrets.token_hex(16)
    upload.file.seek(0)
    with path.open("wb") as target:
        shutil.copyfileobj(upload.file, target)
    return path


def receive(site: Site, upload: UploadFile | None) -> tuple[Path, Preview]:
    """Keep an uploaded file that can be imported; one that cannot raises ``InvalidFileError``."""
    path = store(site, upload)
    try:
        return path, importing.count_rows(path)
    except BaseException:
        path.unlink()
        raise


def create(
    session: Session, kind: RecordKind, path: Path, *, file_name: str, total: int | None, actor: Actor
) -> ImportRun:
    """Add a run that waits to be told what its columns are."""
    run = ImportRun(
        kind=kind.name,
        file_name=_shown_name(file_name),
        path=str(path),
        mapping={},
        match=[],
        dry_run=True,
        language=current_language(),
        user_id=actor.user_id,
        state=RunState.WAITING,
        total=total,
        errors=[],
    )
    session.add(run)
    session.flush()
    return run


def _shown_name(file_name: str) -> str:
    """The last part of the user's file name, as far as a database can hold it; it is only shown."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return name.encode(errors="replace").decode().replace("\x00", "")[:200]


def submit(
    site: Site,
    session: Session,
    run: ImportRun,
    *,
    columns: Mapping[str, str],
    match: Sequence[str],
    dry_run: bool,
) -> ImportRun:
    """Say what the columns are and put the job. A run that was put before gets a twin instead."""
    if run.mapping:
        run = _twin(session, run)
    run.mapping, run.match, run.dry_run = dict(columns), list(match), dry_run
    session.flush()
    site.enqueue(session, JOB, run_id=run.id)
    return run


def _twin(session: Session, run: ImportRun) -> ImportRun:
    if not Path(run.path).exists():
        raise InvalidFileError(_("The file is no longer kept here; upload it again."), code="file_gone")
    names = ("kind", "file_name", "path", "language", "user_id", "total", "dry_run")
    copied = {name: getattr(run, name) for name in names}
    twin = ImportRun(**copied, mapping={}, match=[], state=RunState.WAITING, errors=[])
    session.add(twin)
    return twin


def get(site: Site, session: Session, run_id: int, *, actor: Actor) -> tuple[ImportRun, RecordKind]:
    """A run and its kind as the actor sees it; only its own user and administrators find it."""
    run = session.get(ImportRun, run_id) if run_id < 2**63 else None
    own = run is not None and (actor.is_administrator or run.user_id == actor.user_id)
    if run is None or not own or run.kind not in site.registry.kinds:
        raise NotFoundError(_("There is no import %(id)s.", id=run_id))
    kind = site.registry.kinds[run.kind]
    actor.require(kind.permission("import"))
    return run, access.seen_by(kind, actor)


def rejects_path(run: ImportRun) -> Path:
    """Where the rejected rows of a run lie."""
    path = Path(run.path)
    return path.with_name(f"{path.name}-{run.id}-rejected.csv")


def job_handlers(actor_of: ActorOf) -> Mapping[str, JobHandler]:
    """The jobs behind imports; ``actor_of`` finds a user with the permissions of this moment."""

    def work(site: Site, *, run_id: int) -> None:
        execute(site, run_id, actor_of)

    return {JOB: JobHandler(work)}


def purge(site: Site) -> None:
    """Forget files that nobody went on with, and rejected rows that nobody fetched."""
    limit = time.time() - KEPT_DAYS * 24 * 3600
    for path in (site.settings.files.folder / FOLDER).glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def execute(site: Site, run_id: int, actor_of: ActorOf) -> None:
    """Do a run, or what is left of it after a crash. Faults of the file end it, others are tried again."""
    with site.database.write() as session:
        run = session.get(ImportRun, run_id)
        if run is None or run.state is RunState.DONE:
            return
        run.state, run.fault = RunState.RUNNING, ""
        run.started_at, run.finished_at = run.started_at or now(), None
        if run.dry_run:
            _restart(run)
        language = run.language
    with use_locale(language, site.settings.company.time_zone):
        try:
            _work(site, run, actor_of)
        except TakenOverError:
            logger.info("Import %s goes on elsewhere.", run_id)
        except JobCancelledError:
            fault = _("It was cancelled. What was done is kept; tried again, it goes on behind that.")
            _finish(site, run, RunState.FAILED, fault=fault)
            raise
        except VinculoError as error:
            _finish(site, run, RunState.FAILED, fault=error.message)
        except Exception:
            fault = _("Something went wrong here. It has been logged; the import is tried again.")
            _finish(site, run, RunState.FAILED, fault=fault)
            raise


def _restart(run: ImportRun) -> None:
    """A dry run kept nothing, so it begins anew."""
    for name in COUNTS:
        setattr(run, name, 0)
    run.errors = []


def _work(site: Site, run: ImportRun, actor_of: ActorOf) -> None:
    kind = site.registry.kinds.get(run.kind)
    if kind is None:
        raise NotFoundError(_("The plugin with “%(kind)s” is off.", kind=run.kind))
    with site.database.read() as session:
        actor = actor_of(session, run.user_id)
    actor.require(kind.permission("import"))
    path = Path(run.path)
    if not path.exists():
        raise InvalidFileError(_("The file is no longer kept here; upload it again."), code="file_gone")
    rejects = Rejects(rejects_path(run))
    importing.run(
        site.database,
        site.registry.kinds,
        Plan(kind=kind, path=path, mapping=run.mapping, match=run.match, dry_run=run.dry_run),
        actor=actor.by(Source.IMPORT),
        rejects=rejects,
        tally=_tally(run),
        note=_Progress(run.id, run.done),
        watch=lambda tally: report(tally.done, tally.total),
    )
    rejects.finish()
    _finish(site, run, RunState.DONE)
    if not run.dry_run:
        path.unlink(missing_ok=True)


def _tally(run: ImportRun) -> Tally:
    counts = {name: getattr(run, name) for name in COUNTS}
    return Tally(**counts, total=run.total, errors=[(number, text) for number, text in run.errors])


class _Progress:
    """Stores the tally in the transaction of each chunk, unless another worker was faster."""

    def __init__(self, run_id: int, done: int) -> None:
        self._run_id = run_id
        self._done = done

    def __call__(self, session: Session, tally: Tally) -> None:
        values = {name: getattr(tally, name) for name in COUNTS}
        result = session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id == self._run_id, ImportRun.done == self._done)
            .values(**values, errors=tally.errors)
            .execution_options(synchronize_session=False)
        )
        if result.rowcount != 1:  # type: ignore[attr-defined]
            raise TakenOverError
        self._done = tally.done


def _finish(site: Site, run: ImportRun, state: RunState, *, fault: str = "") -> None:
    with site.database.write() as session:
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id == run.id, ImportRun.state == RunState.RUNNING)
            .values(state=state, fault=fault, finished_at=now())
        )


def default_mapping(kind: RecordKind, header: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The guessed mapping of a file and the match keys that go with it."""
    guessed = mapping.guess(kind, header)
    return guessed, mapping.default_match(kind, guessed)
