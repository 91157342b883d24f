"""What the sample company shows of groups."""

import pytest
import sqlalchemy as sa

from vinculo.i18n import use_locale
from vinculo_segments import demo_files
from vinculo_segments.models import Goal, Segment


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Silent for two months"), ("pt_BR", "Sem contato há dois meses"), ("ru", "Молчат два месяца")],
)
def test_the_sample_company_has_groups_by_conditions_in_its_language(admin, database, groups, language, name):
    registry = admin.app.state.site.registry
    with database.write() as session, use_locale(language, "UTC"):
        demo_files.fill(session, registry)
    with database.read() as session:
        made = session.scalars(sa.select(Segment).order_by(Segment.id)).all()
        goal = session.scalars(sa.select(Goal)).one()

    assert [one.name for one in made][:1] == [name]
    assert len(made) == 3  # what asks for tasks is left out while nobody knows of tasks
    assert goal.segment_id == made[0].id
    for one in made:
        assert groups(admin).found(f"segment={one.id}") == set()
