"""How a deal went through its stages: which it left out, and to which it came back."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from vinculo_deals.models import Deal, Stage, State, Visit
from vinculo_deals.statistics import walked


def count(session: Session, deal: Deal, *, known: bool) -> None:
    """Keep both numbers with a deal whose stays have just changed; its version does not grow.

    How a deal came to where a file put it is not ``known``, and never will be: what it skipped stays empty.
    """
    session.flush()
    stays = session.scalars(
        sa.select(Visit.stage_id).where(Visit.deal_id == deal.id).order_by(Visit.id)
    ).all()
    query = sa.select(Stage.id).where(Stage.pipeline_id == deal.pipeline_id, Stage.state == State.OPEN)
    path = session.scalars(query.order_by(Stage.position, Stage.id)).all()
    skipped, returns = walked(path, stays, deal.reached_id, won=deal.state is State.WON)
    held = (
        sa.update(Deal).where(Deal.id == deal.id).values(skipped=skipped if known else None, returns=returns)
    )
    session.execute(held)
