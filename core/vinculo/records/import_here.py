"""Imports that this process does at once, as the command line does; they are listed as all others."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.orm import Session

from vinculo.actor import Actor
from vinculo.db.base import now
from vinculo.db.engine import Database
from vinculo.errors import ConflictError
from vinculo.i18n import current_language
from vinculo.i18n import gettext as _
from vinculo.records import catching_up, import_values, importing
from vinculo.records.import_runs import FOLDER, Progress, finish, shown_name
from vinculo.records.importing import Plan, Tally
from vinculo.records.models import ImportRun, RunState
from vinculo.records.reading import Kinds
from vinculo.records.resuming import TakenOverError


def begin(session: Session, files: Path, plan: Plan, *, total: int | None, actor: Actor) -> ImportRun:
    """Add a run that this process does at once, as the command line does; its file stays where it is."""
    run = ImportRun(
        kind=plan.kind.name,
        others=list(plan.others),
        file_name=shown_name(plan.path.name),
        path=str(files / FOLDER / secrets.token_hex(16)),  # nothing lies there
        layout=msgspec.to_builtins(plan.layout),
        mapping=dict(plan.mapping),
        match=list(plan.match),
        meanings=import_values.kept(plan.values, plan.mapping),
        dry_run=plan.dry_run,
        language=current_language(),
        user_id=actor.user_id,
        state=RunState.RUNNING,
        started_at=now(),
        total=total,
        done=0,
        waiting=0,
        errors=[],
        duplicates=plan.likely.value,
        likely=[],
    )
    session.add(run)
    session.flush()
    return run


def run(database: Database, kinds: Kinds, plan: Plan, row: ImportRun, **how: Any) -> Tally:
    """Do it; ``how``: see ``vinculo.records.importing.run``. Raises ``ConflictError`` if it is cancelled."""
    try:
        tally = importing.run(database, kinds, plan, note=Progress(row), **how)
    except TakenOverError as error:
        text = _("It was cancelled. What was done so far is kept.")
        raise ConflictError(text, code="import_cancelled") from error
    except BaseException as error:
        finish(database, row, RunState.FAILED, fault=getattr(error, "message", type(error).__name__))
        raise
    finish(database, row, RunState.DONE)
    catching_up.catch_up(database, kinds)
    return tally
