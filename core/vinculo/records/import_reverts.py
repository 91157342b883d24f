"""Imports that are taken back: asking for it, the job that does it, and what it left alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo.actor import Actor, Source
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import ConflictError, FieldError, InvalidError, NotFoundError
from vinculo.events import log
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.jobs.progress import report
from vinculo.records import import_runs, reverting
from vinculo.records.kind import RecordKind
from vinculo.records.models import ImportChange, ImportRevert, ImportRun, RunState
from vinculo.records.reading import Kinds
from vinculo.records.resuming import AT_WORK, Resumable, paced
from vinculo.records.reverting import EVERYTHING, Batch, Clash
from vinculo.records.text import whole_number
from vinculo.web.site import Site

JOB: Final = "records.revert_import"
MOST_KEYS: Final = 1000

Watch = Callable[[int, int], None]


def of(session: Session, run: ImportRun) -> ImportRevert | None:
    """How far a run is taken back, if somebody asked for it."""
    return session.scalar(sa.select(ImportRevert).where(ImportRevert.run_id == run.id))


def required(session: Session, run: ImportRun) -> ImportRevert:
    """The same. Raises ``NotFoundError``."""
    revert = of(session, run)
    if revert is None:
        raise NotFoundError(_("Nobody has taken this import back."))
    return revert


def kept(session: Session, run: ImportRun) -> int:
    """How many records of a run were left alone."""
    query = sa.select(ImportChange.kind, ImportChange.record_id).distinct()
    query = query.where(ImportChange.run_id == run.id, ImportChange.kept.is_(True))
    return session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def can_go(session: Session, run: ImportRun) -> bool:
    """Whether anything of a run could be taken back that nobody has tried to."""
    return run.state not in AT_WORK and session.scalar(sa.select(_left(run).exists())) is True


def _left(run: ImportRun) -> sa.Select[int]:
    return sa.select(ImportChange.id).where(ImportChange.run_id == run.id, ImportChange.kept.is_(False))


def _count(session: Session, run: ImportRun, *conditions: sa.ColumnElement[bool]) -> int:
    query = sa.select(sa.func.count()).select_from(ImportChange)
    return session.scalar(query.where(ImportChange.run_id == run.id, *conditions)) or 0


def touched(kinds: Kinds, run: ImportRun) -> list[RecordKind]:
    """The kinds whose records a run wrote, as far as their plugins are on."""
    return [kinds[name] for name in (run.kind, *run.others) if name in kinds]


def require(kinds: Kinds, run: ImportRun, actor: Actor) -> None:
    """Raise ``ForbiddenError`` unless the actor may take back what a run wrote, of whatever kind."""
    for kind in touched(kinds, run):
        for action in ("import", "update", "delete"):
            actor.require(kind.permission(action))


def begin(
    session: Session, run: ImportRun, kinds: Kinds, *, actor: Actor, overwrite: Sequence[str] = ()
) -> ImportRevert:
    """Note that a run is to be taken back, or some of what that left alone: keys of clashes, ``EVERYTHING``.

    One that was stopped goes on. Raises ``ForbiddenError``, ``InvalidError`` for a key that is none, or
    ``ConflictError`` if there is nothing to do.
    """
    require(kinds, run, actor)
    if run.state in AT_WORK:
        raise ConflictError(_("The import is still at work; cancel it first."), code="import_at_work")
    revert = of(session, run)
    if revert is not None and revert.state in AT_WORK:
        return revert
    if overwrite:
        _choose(session, run, revert, overwrite)
    if not can_go(session, run):
        text = _("There is nothing to take back: it was done already, or is too long ago.")
        raise ConflictError(text, code="nothing_to_revert")
    if revert is None or revert.state is RunState.DONE:
        revert = revert or ImportRevert(run_id=run.id)
        revert.overwrite, revert.done = [*overwrite], 0
        revert.total = _count(session, run, ImportChange.kept.is_(False))
        session.add(revert)
    revert.state, revert.fault = RunState.WAITING, ""
    revert.asked_at, revert.finished_at = now(), None
    revert.user_id, revert.language = actor.user_id, current_language()
    _note(session, run, actor)
    session.flush()
    return revert


def _choose(session: Session, run: ImportRun, revert: ImportRevert | None, overwrite: Sequence[str]) -> None:
    """Let what was left alone be looked at again, as far as it is chosen."""
    if revert is None or revert.state is not RunState.DONE:
        text = _("Take the import back first; then choose among what was left alone.")
        raise ConflictError(text, code="not_reverted")
    if len(overwrite) > MOST_KEYS:
        text = _("Name at most %(n)s conflicts at a time, or all of them.", n=MOST_KEYS)
        raise InvalidError([FieldError("overwrite", text)])
    mine = sa.and_(ImportChange.run_id == run.id, ImportChange.kept.is_(True))
    if EVERYTHING not in overwrite:
        ids: dict[str, set[int]] = {}
        for one in overwrite:
            kind, record_id = _named(one)
            ids.setdefault(kind, set()).add(record_id)
        of_kind = [(ImportChange.kind == k) & ImportChange.record_id.in_(some) for k, some in ids.items()]
        mine = sa.and_(mine, sa.or_(*of_kind))
    session.execute(sa.update(ImportChange).where(mine).values(kept=False))


def _named(one: str) -> tuple[str, int]:
    kind, _colon, rest = one.partition(":")
    record_id = whole_number(rest.partition(":")[0])
    if record_id is None:
        text = _("“%(value)s” names no conflict of this import.", value=one[:60])
        raise InvalidError([FieldError("overwrite", text)])
    return kind, record_id


def _note(session: Session, run: ImportRun, actor: Actor) -> None:
    log.write(
        session,
        actor=actor,
        action="import taken back",
        kind=run.kind,
        record_id=0,
        title=run.file_name,
        changes={"import": [None, run.id]},
        version=None,
    )


def ask(
    site: Site,
    session: Session,
    run: ImportRun,
    *,
    actor: Actor,
    overwrite: Sequence[str] = (),
) -> ImportRevert:
    """The same, by a job."""
    before = of(session, run)
    at_work = before is not None and before.state in AT_WORK
    revert = begin(session, run, site.registry.kinds, actor=actor, overwrite=overwrite)
    if not at_work:
        site.enqueue(session, JOB, run_id=run.id)
    return revert


def stop(session: Session, run: ImportRun) -> None:
    """Stop an import, or taking it back; what was done so far is kept. Raises ``ConflictError``."""
    revert = of(session, run)
    if revert is None:
        import_runs.cancel(session, run)
        return
    session.refresh(revert, with_for_update=True)
    if revert.state not in AT_WORK:
        raise ConflictError(_("It is over already."), code="import_over")
    revert.state, revert.finished_at = RunState.CANCELLED, now()


def go_on(site: Site, session: Session, run: ImportRun) -> None:
    """Go on with an import that stopped and is not taken back. Raises ``ConflictError``."""
    if of(session, run) is not None:
        raise ConflictError(_("This import is taken back; upload the file again."), code="import_over")
    import_runs.go_on(site, session, run)


def work(
    database: Database, kinds: Kinds, run_id: int, *, actor: Actor, watch: Watch | None = None
) -> ImportRevert:
    """Take back record after record, some in each transaction, until all is done or somebody cancels it.

    Two that do this at the same time share the work.
    """

    def some(size: int) -> bool:
        with database.write() as session:
            query = sa.select(ImportRevert).where(ImportRevert.run_id == run_id).with_for_update()
            revert = session.scalars(query).one()
            more = revert.state is not RunState.CANCELLED and _step(session, kinds, revert, size, actor)
            done, total = revert.done, revert.total
        if watch:
            watch(done, total)
        return more

    paced(database, some)
    with database.read() as session:
        return session.scalars(sa.select(ImportRevert).where(ImportRevert.run_id == run_id)).one()


def _work(site: Site, revert: ImportRevert, actor: Actor) -> None:
    kinds = site.registry.kinds
    work(site.database, kinds, revert.run_id, actor=actor.by(Source.JOB), watch=report)


_job: Final = Resumable(JOB, ImportRevert.run_id, _work)
job_handlers, execute = _job.handlers, _job.execute


def _step(session: Session, kinds: Kinds, revert: ImportRevert, size: int, actor: Actor) -> bool:
    """Some more of it; False if there is nothing left."""
    for name, versions in reverting.waiting(session, revert.run_id, most=size):
        kind = kinds.get(name)
        if kind is None:
            done = _unknown(name, versions)
        else:
            done = reverting.take_back(
                session, kinds, kind, versions, actor=actor, overwrite=revert.overwrite
            )
        reverting.settle(session, revert.run_id, name, versions, done)
        revert.state, revert.fault = RunState.RUNNING, ""
        revert.done += done.changes
        for what in ("deleted", "restored", "lost"):
            setattr(revert, what, getattr(revert, what) + getattr(done, what))
        return True
    revert.state, revert.finished_at = RunState.DONE, now()
    return False


def _unknown(kind: str, versions: Mapping[int, Sequence[int]]) -> Batch:
    reason = _("The plugin with “%(kind)s” is off.", kind=kind)
    clashes = [Clash(kind, one, "", "", reason) for one in versions]
    return Batch(sum(map(len, versions.values())), clashes=clashes)


def clashes(session: Session, kinds: Kinds, run: ImportRun, *, actor: Actor, most: int) -> Iterator[Clash]:
    """What was left alone of a run, of at most so many records of each kind; as it stands now."""
    for name, versions in reverting.waiting(session, run.id, most=most, kept=True):
        if name in kinds:
            yield from reverting.clashes(session, kinds, kinds[name], versions, actor=actor)
        else:
            yield from _unknown(name, versions).clashes
