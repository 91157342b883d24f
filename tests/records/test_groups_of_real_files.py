"""Groups of clients from files that nobody here wrote: as many as a plain SQL statement counts."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from vinculo.actor import Source, system
from vinculo.app import load_registry
from vinculo.clients.models import Client
from vinculo.settings import Settings
from vinculo_segments import looking, queries, service
from vinculo_segments.models import Membership, Segment, Way

ADMIN = system(Source.CLI)
SHOPS = (
    "lower(name) NOT LIKE 'a%' AND (industry = 'Warehouse'"
    " OR (industry = 'Specialty Bike Shop' AND lower(name) NOT LIKE '%bike%'))"
)
RULES = [
    (
        "maven_crm_pipeline/accounts.csv",
        [("any1.industry", "medical"), ("any1.all1.industry", "retail"), ("any1.all1.name[starts]", "c")],
        "industry = 'medical' OR (industry = 'retail' AND lower(name) LIKE 'c%')",
    ),
    (
        "northwind/customers.csv",
        [("country[in]", "DE,FR,BR"), ("none1.name[contains]", "al"), ("none1.country", "FR")],
        "country IN ('DE', 'FR', 'BR') AND NOT (lower(name) LIKE '%al%' OR country = 'FR')",
    ),
    (
        "adventureworks_raw/DimReseller.csv",
        [
            ("any1.industry", "Warehouse"),
            ("any1.all1.industry", "Specialty Bike Shop"),
            ("any1.all1.none1.name[contains]", "bike"),
            ("none1.name[starts]", "a"),
        ],
        SHOPS,
    ),
]
BARE = {  # of files without a header, by the number of their columns
    "adventureworks_raw/DimReseller.csv": {
        "Column 3": "external_id",
        "Column 5": "industry",
        "Column 6": "name",
    }
}


@pytest.fixture
def registry(database):
    url = database.url.render_as_string(hide_password=False)
    chosen = {"database": {"url": url}, "plugins": {"on": ["interactions", "segments"]}}
    return load_registry(Settings.model_validate(chosen), database)


@pytest.mark.parametrize(("name", "rule", "plain"), RULES, ids=["maven", "northwind", "adventureworks"])
def test_a_group_has_as_many_as_plain_sql_counts(
    name, rule, plain, import_file, real_file, database, registry
):
    import_file(real_file(name), columns=BARE.get(name))
    with database.write() as session:
        group = Segment(name="Real", way=Way.STORED)
        session.add(group)
        session.flush()
        service.set_rule(session, registry, group, rule, actor=ADMIN, typed=True)

        wanted = session.scalar(sa.text(f"SELECT count(*) FROM clients_client WHERE {plain}"))
        found = looking.find(session, queries.rule_of(session, registry, group, ADMIN), ADMIN).count
        joined = service.refresh(session, registry, group, actor=ADMIN).joined

    assert wanted > 0
    assert (found, joined) == (wanted, wanted)


@pytest.mark.parametrize(
    ("name", "column", "first_of", "then_of"),
    [
        ("maven_crm_pipeline/accounts.csv", "industry", "medical", "retail"),
        ("northwind/customers.csv", "country", "DE", "FR"),
        ("adventureworks_raw/DimReseller.csv", "industry", "Warehouse", "Specialty Bike Shop"),
    ],
    ids=["maven", "northwind", "adventureworks"],
)
def test_its_history_follows_edits(
    name, column, first_of, then_of, import_file, real_file, database, registry
):
    import_file(real_file(name), columns=BARE.get(name))
    table = Client.__table__
    moved = sa.update(table).where(table.c[column] == then_of).values({column: first_of})
    gone = sa.update(table).where(table.c.name.like("B%")).values({column: ""})
    with database.write() as session:
        group = Segment(name="Theirs", way=Way.STORED)
        session.add(group)
        session.flush()
        service.set_rule(session, registry, group, [(column, first_of)], actor=ADMIN, typed=True)
        first = service.refresh(session, registry, group, actor=ADMIN)
        session.execute(moved)
        second = service.refresh(session, registry, group, actor=ADMIN)
        session.execute(gone)
        third = service.refresh(session, registry, group, actor=ADMIN)
        left = sa.select(sa.func.count()).where(Membership.left_by_id == third.id)

        assert (first.left, second.left, third.joined) == (0, 0, 0)
        assert min(first.joined, second.joined) > 0
        assert third.left == session.scalar(left) > 0
        now_in = session.scalar(sa.select(sa.func.count()).where(Membership.left_at.is_(None)))
        assert now_in == first.joined + second.joined - third.left
