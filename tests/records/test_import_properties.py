"""Whatever a file holds, an import takes or rejects each row and raises nothing."""

import csv

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.counterparties.records import counterparty
from vinculo.people.records import person
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo.records.tabular import Layout

KINDS = [client, counterparty, person]
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\x00"), max_size=40)
SHORT = st.sampled_from(["", "A1", "Ana", "ana", "1", "+55 11 98765-4321", "a@b.example", "BR", "2026-01-01"])
CELL = st.one_of(TEXT, SHORT, st.integers().map(str), st.floats().map(str), st.dates().map(str))


@st.composite
def tables(draw):
    kind = draw(st.sampled_from(KINDS))
    columns = draw(st.lists(st.sampled_from([*mapping.targets(kind)]), min_size=1, max_size=6, unique=True))
    rows = draw(st.lists(st.tuples(*[CELL] * len(columns)), min_size=1, max_size=12))
    return kind, columns, rows, draw(st.booleans())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_counts_add_up(database, kinds, tmp_path, table):
    kind, columns, rows, dry_run = table
    path = tmp_path / "file.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerows([[*columns, "always"], *([*row, "x"] for row in rows)])
    match = [name for name in mapping.match_targets(kind) if name in columns]
    asked = dict(zip(columns, columns, strict=True))
    required = {field.name for field in kind.writable() if field.required and field.default is None}
    if not match and not required <= set(columns):
        return
    how = {"dry_run": dry_run, "layout": Layout(encoding="utf-8", delimiter=",", header=1)}
    plan = Plan(kind=kind, path=path, mapping=asked, match=match, **how)
    rejects = Rejects(tmp_path / "rejects.csv")

    tally = importing.run(database, kinds, plan, actor=system(Source.IMPORT), rejects=rejects)

    assert tally.created + tally.changed + tally.unchanged + tally.rejected == tally.done == len(rows)
    assert len(tally.errors) == tally.rejected
