"""Runs of imports: uploaded files, what was asked of them, and the job that does it."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.db import bulk
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import (
    ConflictError,
    InvalidFileError,
    MalformedError,
    NotFoundError,
)
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.jobs.progress import report
from vinculo.records import access, catching_up, import_notices, import_parts, import_values, importing
from vinculo.records.import_likes import Likely
from vinculo.records.import_parts import Parts
from vinculo.records.import_rejects import Rejects
from vinculo.records.import_values import Doubts, Mapped
from vinculo.records.importing import Plan, Preview, Step, Tally
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportChange, ImportRevert, ImportRun, ImportWaiting, RunState
from vinculo.records.reading import Kinds, Reader
from vinculo.records.resuming import AT_WORK, Resumable, TakenOverError
from vinculo.records.tabular import Layout
from vinculo.web.site import Site

logger = logging.getLogger(__name__)
JOB: Final = "records.import"
KEPT_DAYS: Final = 30
FOLDER: Final = "imports"
PAGE: Final = 50
MOST_PAGES: Final = 1000
COUNTS: Final = ("done", "created", "changed", "unchanged", "rejected", "skipped", "waiting")


def create(
    session: Session, kind: RecordKind, path: Path, seen: Preview, *, file_name: str, actor: Actor
) -> ImportRun:
    """Add a run that waits to be told what its columns are."""
    run = ImportRun(
        kind=kind.name,
        file_name=shown_name(file_name),
        path=str(path),
        layout=msgspec.to_builtins(seen.layout),
        mapping={},
        match=[],
        dry_run=True,
        likely=[],
        language=current_language(),
        user_id=actor.user_id,
        state=RunState.WAITING,
        total=seen.total,
        errors=[],
    )
    session.add(run)
    session.flush()
    return run


def shown_name(file_name: str) -> str:
    """The last part of the user's file name, as far as a database can hold it; it is only shown."""
    name = file_name.replace("\\", "/").rpartition("/")[2]
    return name.encode(errors="replace").decode().replace("\x00", "")[:200]


def submit(
    site: Site,
    session: Session,
    run: ImportRun,
    *,
    mapped: Mapped,
    dry_run: bool,
    seen: Preview | None = None,
    likely: Likely = Likely.CREATE,
) -> ImportRun:
    """Say what the columns are and put the job. A run that was put before gets a twin instead.

    ``seen`` is the file as it is to be read from now on.
    """
    if run.mapping:
        run = _twin(session, run)
    if seen:
        run.layout, run.total = msgspec.to_builtins(seen.layout), seen.total
    run.mapping, run.match, run.dry_run = dict(mapped.columns), list(mapped.match), dry_run
    run.meanings = import_values.kept(mapped.values, mapped.columns)
    run.duplicates = likely.value
    run.others = [kind.name for kind in mapped.parts.others]
    session.flush()
    site.enqueue(session, JOB, run_id=run.id)
    return run


def _twin(session: Session, run: ImportRun) -> ImportRun:
    _kept(run)
    names = ("kind", "others", "file_name", "path", "layout", "language", "user_id", "total", "dry_run")
    copied = {name: getattr(run, name) for name in names}
    twin = ImportRun(**copied, mapping={}, match=[], state=RunState.WAITING, errors=[], likely=[])
    session.add(twin)
    return twin


def cancel(session: Session, run: ImportRun) -> None:
    """Stop a run with the chunk that is being written, which is kept as those before it, or not at all.

    Raises ``ConflictError``.
    """
    session.refresh(run, with_for_update=True)
    if run.state not in AT_WORK:
        raise ConflictError(_("It is over already."), code="import_over")
    run.state, run.finished_at = RunState.CANCELLED, now()
    run.fault = _("It was cancelled. What was done so far is kept.")


def can_be_real(run: ImportRun) -> bool:
    """Whether a trial can be followed by the import itself."""
    return run.dry_run and run.state is RunState.DONE and Path(run.path).exists()


def can_go_on(run: ImportRun) -> bool:
    """Whether a run that stopped can go on behind its last row."""
    return run.state in (RunState.FAILED, RunState.CANCELLED) and Path(run.path).exists()


def go_on(site: Site, session: Session, run: ImportRun) -> None:
    """Put the job of a run that stopped again. Raises ``ConflictError``."""
    if not can_go_on(run):
        text = _("This import cannot go on: it did not stop, or its file is no longer kept here.")
        raise ConflictError(text, code="import_over")
    run.state, run.fault = RunState.WAITING, ""
    session.flush()
    site.enqueue(session, JOB, run_id=run.id)


class Listed(NamedTuple):
    """An import and how far it is taken back, if it is."""

    run: ImportRun
    revert: ImportRevert | None


def listed(session: Session, kinds: Kinds, *, actor: Actor, page: int = 0) -> tuple[list[Listed], bool]:
    """Imports of kinds that the actor may import, the latest first, and whether there are more.

    Users see their own, administrators all.
    """
    names = [name for name, kind in kinds.items() if actor.may(kind.permission("import"))]
    query = sa.select(ImportRun, ImportRevert).outerjoin(ImportRevert, ImportRevert.run_id == ImportRun.id)
    query = query.where(ImportRun.kind.in_(names)).order_by(ImportRun.id.desc())
    if not actor.is_administrator:
        query = query.where(ImportRun.user_id == actor.user_id)
    rows = session.execute(query.limit(PAGE + 1).offset(page * PAGE)).all()
    return [Listed(*row) for row in rows[:PAGE]], len(rows) > PAGE


def page_number(text: str) -> int:
    """The number of a page, 0 the newest. Raises ``MalformedError``."""
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))):
        raise MalformedError(_("page must be a number below %(most)s.", most=MOST_PAGES))
    return int(text)


def get(site: Site, session: Session, run_id: int, *, actor: Actor) -> tuple[ImportRun, RecordKind]:
    """A run and its kind as the actor sees it; only its own user and administrators find it."""
    run = session.get(ImportRun, run_id) if run_id < 2**63 else None
    own = run is not None and (actor.is_administrator or run.user_id == actor.user_id)
    if run is None or not own or run.kind not in site.registry.kinds:
        raise NotFoundError(_("There is no import %(id)s.", id=run_id))
    kind = site.registry.kinds[run.kind]
    actor.require(kind.permission("import"))
    return run, access.seen_by(kind, actor)


def parts_of(site: Site, run: ImportRun, actor: Actor, names: Sequence[str] | None = None) -> Parts:
    """The kinds that the rows of a run speak of; those that ``names`` names beside its own, where given."""
    others = run.others if names is None else names
    return import_parts.of(site.registry.kinds, site.registry.kinds[run.kind], others, actor)


def mapped_of(site: Site, run: ImportRun, actor: Actor) -> Mapped:
    """What the columns of a run are, as it was asked."""
    return Mapped(parts_of(site, run, actor), run.mapping, run.match, run.meanings)


def doubts(site: Site, run: ImportRun, reader: Reader) -> list[Doubts]:
    """Texts in a run's file that no field understands. Raises ``InvalidFileError`` if it is not kept."""
    return import_values.doubts(mapped_of(site, run, reader.actor), _kept(run), layout_of(run), reader)


def _kept(run: ImportRun) -> Path:
    path = Path(run.path)
    if not path.exists():
        raise InvalidFileError(_("The file is no longer kept here; upload it again."), code="file_gone")
    return path


def rejects_path(run: ImportRun) -> Path:
    """Where the rejected rows of a run lie."""
    path = Path(run.path)
    return path.with_name(f"{path.name}-{run.id}-rejected.csv")


def purge(site: Site) -> None:
    """Forget files that nobody went on with, and rejected rows that nobody fetched."""
    limit = time.time() - KEPT_DAYS * 24 * 3600
    for path in (site.settings.files.folder / FOLDER).glob("*"):
        if path.stat().st_mtime < limit:
            path.unlink(missing_ok=True)


def _begin(run: ImportRun) -> None:
    run.state, run.fault = RunState.RUNNING, ""
    run.started_at, run.finished_at = run.started_at or now(), None
    if run.dry_run:
        _restart(run)


def _restart(run: ImportRun) -> None:
    """A dry run kept nothing, so it begins anew."""
    for name in COUNTS:
        setattr(run, name, 0)
    run.parts, run.errors, run.likely = {}, [], []


def _work(site: Site, run: ImportRun, actor: Actor) -> None:
    kind = site.registry.kinds.get(run.kind)
    if kind is None:
        raise NotFoundError(_("The plugin with “%(kind)s” is off.", kind=run.kind))
    actor.require(kind.permission("import"))
    path = _kept(run)
    rejects = Rejects(rejects_path(run))
    importing.run(
        site.database,
        site.registry.kinds,
        _plan(run, kind, path),
        actor=actor.by(Source.IMPORT),
        rejects=rejects,
        tally=_tally(run),
        waiting=_waiting(site.database, run),
        note=Progress(run),
        watch=lambda tally: report(tally.settled, tally.total),
    )
    rejects.finish()
    finish(site.database, run, RunState.DONE)
    import_notices.over(site, run.id)
    if not run.dry_run:
        path.unlink(missing_ok=True)
        catching_up.catch_up(
            site.database, site.registry.kinds, watch=lambda: report(run.total or 0, run.total)
        )


def _waiting(database: Database, run: ImportRun) -> Sequence[int]:
    """The rows that waited when the run was stopped; none of a dry run, which begins anew."""
    mine = ImportWaiting.run_id == run.id
    if not run.dry_run:
        with database.read() as session:
            return session.scalars(sa.select(ImportWaiting.row).where(mine)).all()
    with database.write() as session:
        session.execute(sa.delete(ImportWaiting).where(mine))
    return ()


_job: Final = Resumable(JOB, ImportRun.id, _work, _begin, import_notices.over)
job_handlers, execute = _job.handlers, _job.execute


def _plan(run: ImportRun, kind: RecordKind, path: Path) -> Plan:
    return Plan(
        kind=kind,
        others=run.others,
        path=path,
        mapping=run.mapping,
        match=run.match,
        values=run.meanings,
        dry_run=run.dry_run,
        layout=layout_of(run),
        likely=Likely(run.duplicates),
    )


def layout_of(run: ImportRun) -> Layout:
    """How the file of a run is read."""
    return msgspec.convert(run.layout, Layout)


def _tally(run: ImportRun) -> Tally:
    counts = {name: getattr(run, name) for name in COUNTS}
    errors, likely = [(number, text) for number, text in run.errors], [(n, i, t) for n, i, t in run.likely]
    parts = copy.deepcopy(run.parts)
    return Tally(**counts, total=run.total, errors=errors, likely=likely, parts=parts)


class Progress:
    """Stores the tally and what was written in the transaction of each chunk.

    Raises ``TakenOverError`` if another worker was faster, or somebody has cancelled the run.
    """

    def __init__(self, run: ImportRun) -> None:
        self._run_id = run.id
        self._before = run.done, run.waiting

    def __call__(self, session: Session, tally: Tally, step: Step) -> None:
        """See ``vinculo.records.importing.run``."""
        values = {name: getattr(tally, name) for name in COUNTS}
        result = session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id == self._run_id)
            .where(ImportRun.done == self._before[0], ImportRun.waiting == self._before[1])
            .where(ImportRun.state == RunState.RUNNING)
            .values(**values, errors=tally.errors, likely=tally.likely, parts=tally.parts)
            .execution_options(synchronize_session=False)
        )
        if result.rowcount != 1:  # type: ignore[attr-defined]
            raise TakenOverError
        names = ("run_id", "kind", "record_id", "version", "kept")
        changes = [(self._run_id, *one, False) for one in step.made]
        bulk.insert(session.connection(), ImportChange.__table__, names, changes)
        self._note_waiting(session, step)
        self._before = tally.done, tally.waiting

    def _note_waiting(self, session: Session, step: Step) -> None:
        if step.postponed:
            rows = [(self._run_id, number) for number in step.postponed]
            bulk.insert(session.connection(), ImportWaiting.__table__, ("run_id", "row"), rows)
        if step.settled:
            mine = sa.delete(ImportWaiting).where(ImportWaiting.run_id == self._run_id)
            session.execute(mine.where(ImportWaiting.row.in_(step.settled)))


def finish(database: Database, run: ImportRun, state: RunState, *, fault: str = "") -> None:
    """Note that a run is over, unless it is already."""
    with database.write() as session:
        session.execute(
            sa.update(ImportRun)
            .where(ImportRun.id == run.id, ImportRun.state == RunState.RUNNING)
            .values(state=state, fault=fault, finished_at=now())
        )


def preview(run: ImportRun, layout: Layout, *, whole: bool = False) -> Preview:
    """The first rows of a run's file under a layout, or all of it counted."""
    path = _kept(run)
    if not whole:
        return replace(importing.first_rows(path, layout), total=run.total)
    counted = importing.count_rows(path, layout)
    return replace(importing.first_rows(path, counted.layout), total=counted.total)
