"""A company that has the plugin on, and a way to make deals."""

from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from vinculo.actor import Scope, Source, system
from vinculo.clients.records import client
from vinculo.plugins.present import registry_of
from vinculo.records import importing, mapping
from vinculo.records.import_rejects import Rejects
from vinculo.records.importing import Plan
from vinculo_deals.models import Deal, Stage, Visit
from vinculo_deals.process_models import Duty
from vinculo_deals.records import deal, lost_reason, pipeline, stage


@pytest.fixture
def plugins_on():
    return ("deals",)


@pytest.fixture
def make_deal(make_record):
    """Make a deal: ``make_deal("Refit", amount="120.00")``."""

    def make_deal(title="Refit", **payload):
        links = [client, pipeline, stage, lost_reason]
        return make_record(deal, title=title, links_to=links, **payload)

    return make_deal


@pytest.fixture
def make_pipeline(make_record):
    """Make a pipeline: ``make_pipeline("Service", opened=("New", "Repair"))``."""

    def make_pipeline(name="Service", opened=("New", "Repair"), **payload):
        stages = [{"name": one, "state": "open"} for one in opened]
        stages += [{"name": "Done", "state": "won"}, {"name": "Given up", "state": "lost"}]
        return make_record(pipeline, name=name, stages=stages, links_to=[stage], **payload)

    return make_pipeline


@pytest.fixture
def make_reason(make_record):
    def make_reason(name="Too slow"):
        return make_record(lost_reason, name=name)

    return make_reason


@pytest.fixture
def stages(database):
    """The ids of stages by their names."""

    def stages(pipeline_id=None):
        with database.read() as session:
            query = sa.select(Stage.name, Stage.id).order_by(Stage.id.desc())
            if pipeline_id:
                query = query.where(Stage.pipeline_id == pipeline_id)
            return dict(session.execute(query).all())

    return stages


@pytest.fixture
def row(database):
    """A deal as it is in its table."""

    def row(deal_id=1):
        with database.read() as session:
            return session.scalar(sa.select(Deal).where(Deal.id == deal_id))

    return row


@pytest.fixture
def visits(database):
    """The stays of a deal in stages: (name, whether it has ended, amount on entry)."""

    def visits(deal_id=1):
        with database.read() as session:
            query = sa.select(Visit).where(Visit.deal_id == deal_id).order_by(Visit.id)
            return [(one.stage, one.left_at is not None, one.amount) for one in session.scalars(query)]

    return visits


@pytest.fixture
def faults():
    """The faults of an answer that refuses: {(field, code)}."""

    def faults(answer):
        assert answer.status_code == 422, answer.text
        return {(one["field"], one["code"]) for one in answer.json()["errors"]}

    return faults


@pytest.fixture
def line(make_pipeline, stages):
    """A pipeline that prescribes its order: its id, and the ids of its stages by name."""

    def line(strictness="prescribed"):
        made = make_pipeline("Line", ("A", "B", "C"), strictness=strictness)
        return made.id, stages(made.id)

    return line


@pytest.fixture
def make_step(admin):
    def make_step(name="Call", **payload):
        made = admin.post("/api/v1/deal-steps", json={"name": name, **payload})
        assert made.status_code == 201, made.text
        return SimpleNamespace(id=made.json()["id"])

    return make_step


@pytest.fixture
def duties(database):
    """What deals have to do, by name."""

    def duties():
        with database.read() as session:
            return {one.name: one for one in session.scalars(sa.select(Duty))}

    return duties


@pytest.fixture
def go(admin):
    def go(of, stage_id, **more):
        return admin.post(f"/api/v1/deals/{of.id}/move", json={"stage_id": stage_id, **more})

    return go


@pytest.fixture
def allow(make_role):
    """Let members do these things with all deals, and nothing else."""

    def allow(*names):
        rights = ("deals.deal.read", "deals.deal.update", "deals.deal_stage.read", *names)
        make_role("Member", {"*": None, **dict.fromkeys(rights, Scope.ALL)})

    return allow


@pytest.fixture
def import_file(database, tmp_path, admin):
    """Import rows of deals: the reasons for which rows were rejected."""

    def import_file(text):
        path = tmp_path / "deals.csv"
        path.write_text(text)
        with database.read() as session:
            kinds = registry_of(session).kinds
        columns = mapping.guess(deal, importing.count_rows(path).header)
        plan = Plan(kind=deal, path=path, mapping=columns, match=mapping.default_match(deal, columns))
        rejected = tmp_path / "rejects.csv"
        rejects = Rejects(rejected)
        importing.run(database, kinds, plan, actor=system(Source.IMPORT), rejects=rejects)
        rejects.finish()
        return rejected.read_text() if rejected.exists() else ""

    return import_file


@pytest.fixture
def add(admin):
    """Add a record by the API: ``add("products", name="Shirt")``; what was answered."""

    def add(kind, **values):
        answer = admin.post(f"/api/v1/{kind}", json=values)
        assert answer.status_code == 201, answer.text
        return answer.json()

    return add
