"""Deals that nobody here wrote: what is counted of them equals what the files themselves say."""

import csv
from decimal import Decimal

import pytest
import sqlalchemy as sa

from vinculo.accounts.models import User
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.i18n import use_locale
from vinculo.testing.factories import make_department, make_user
from vinculo_catalog.records import product
from vinculo_deals import queries, reports
from vinculo_deals.models import Deal, Line, Pipeline
from vinculo_deals.records import deal, pipeline
from vinculo_deals.reports import Which
from vinculo_deals.statistics import funnel

MAVEN = "maven_crm_pipeline"
ADMIN = system(Source.CLI)
COLUMNS = {
    "opportunity_id": "external_id",
    "sales_agent": "responsible_id",
    "product": "product",
    "account": "client_id",
    "deal_stage": "stage_id",
    "engage_date": "started_on",
    "close_date": "closed_on",
    "close_value": "amount",
    "furthest": "reached_id",
}


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def plugins_on():
    return ("deals",)


@pytest.fixture
def maven(database, bring, real_file, tmp_path):
    """Accounts, agents below their managers and offices, a pipeline; a way to bring one of the two files."""
    bring(client, real_file(f"{MAVEN}/accounts.csv"))
    agents = read(real_file(f"{MAVEN}/sales_teams.csv"))
    with database.write() as session:
        for office in {one["regional_office"] for one in agents}:
            make_department(session, office)
        for manager, office in {(one["manager"], one["regional_office"]) for one in agents}:
            make_department(session, manager, below=office)
        for number, one in enumerate(agents):
            make_user(session, f"a{number}", full_name=one["sales_agent"], department=one["manager"])
    stages = (("Prospecting", "open"), ("Engaging", "open"), ("Won", "won"), ("Lost", "lost"))
    row = {"name": "Maven"}
    for number, (name, means) in enumerate(stages, start=1):
        row |= {f"stage_{number}": name, f"stage_{number}_means": means}
    bring(pipeline, write(tmp_path / "pipeline.csv", [row]))

    def deals(name, **options):
        # A deal with a day on which it was engaged has come so far, whatever became of it.
        rows = read(real_file(f"{MAVEN}/{name}"))
        rows = [one | {"furthest": "Engaging" if one["engage_date"] else "Prospecting"} for one in rows]
        return bring(deal, write(tmp_path / name, rows), COLUMNS, **options)

    return deals


def write(path, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def told(session, by):
    """A report as the reference writes it: name → deals, won, lost, amount won."""
    found = reports.outcomes(session, Which(ADMIN), by)
    return {one.label: (one.deals, one.won, one.lost, one.won_amount) for one in found}


def reference(path, key):
    names = ("deals", "won", "lost", "won_value")
    return {row[key]: tuple(Decimal(row[name]) for name in names) for row in read(path)}


@pytest.mark.slow
def test_both_files_of_maven_bring_the_figures_of_the_reference(database, maven, real_file):
    said = {"product": {"GTXPro": "GTX Pro"}}
    assert maven("sales_pipeline.csv", values=said).created == 8800
    with use_locale("pt_BR"):  # where people write the day first
        assert maven("sales_pipeline_ddmmyyyy_variant.csv").unchanged == 8800

    with database.read() as session:
        for by, name in (
            ("product", "product"), ("responsible", "sales_agent"), ("department", "manager"),
            ("division", "regional_office"), ("industry", "sector"), ("client", "account"),
        ):  # fmt: skip
            wanted = reference(real_file(f"{MAVEN}/reference/winrate_by_{name}.csv"), name)
            assert told(session, by) == wanted, by
        rates = {one.label: one.rate.value for one in reports.outcomes(session, Which(ADMIN), "product")}
        for row in read(real_file(f"{MAVEN}/reference/winrate_by_product.csv")):
            assert rates[row["product"]] == pytest.approx(float(row["win_rate_closed"]), abs=1e-6)

        stages = queries.stages(session, session.scalar(sa.select(Pipeline.id)))
        levels = funnel([one.id for one in stages[:2]], reports.cohorts(session, Which(ADMIN)))
        assert [one.count for one in levels] == [8800, 8300]
        assert reports.detours(session, Which(ADMIN)) == (0, 0, 8800), "no file says by which way"

        months = {}
        for day, amount in reports.won_by_day(session, Which(ADMIN)).items():
            months[f"{day:%Y-%m}"] = months.get(f"{day:%Y-%m}", 0) + amount
        closed = read(real_file(f"{MAVEN}/reference/closed_by_month.csv"))
        assert months == {row["month"]: Decimal(row["won_value"]) for row in closed}

        bare = sa.select(sa.func.count()).where(Deal.client_id.is_(None))
        assert session.scalar(bare) == 1425
        assert session.scalar(sa.select(sa.func.count(sa.distinct(User.id))).join(Deal,
                                        Deal.responsible_id == User.id)) == 30  # fmt: skip


@pytest.mark.parametrize("plugins_on", [("deals",), ("deals", "catalog")], ids=["alone", "catalog"])
def test_orders_of_northwind_are_deals_that_were_won(database, bring, real_file, tmp_path, plugins_on):
    bring(client, real_file("northwind/customers.csv"))
    row = {"name": "Orders"}
    for number, (name, means) in enumerate((("Asked", "open"), ("Ordered", "won"), ("No", "lost")), start=1):
        row |= {f"stage_{number}": name, f"stage_{number}_means": means}
    bring(pipeline, write(tmp_path / "pipeline.csv", [row]))
    sold = real_file("northwind/products.csv")
    products = {one["ProductID"]: one["ProductName"] for one in read(sold)}
    if named := "catalog" in plugins_on:
        bring(product, sold, {"ProductID": "external_id", "ProductName": "name", "UnitPrice": "price"})
    orders = {one["OrderID"]: one for one in read(real_file("northwind/orders.csv"))}
    lines = [
        {
            "external_id": one["OrderID"],
            "title": one["OrderID"],
            "client": orders[one["OrderID"]]["CustomerID"],
            "stage": "Ordered",
            "closed_on": orders[one["OrderID"]]["OrderDate"],
            **({"catalog_product": one["ProductID"]} if named else {"product": products[one["ProductID"]]}),
            "price": one["UnitPrice"],
            "quantity": one["Quantity"],
            "discount": f"{Decimal(one['Discount']) * 100}",
        }
        for one in read(real_file("northwind/order_details.csv"))
    ]
    bring(deal, write(tmp_path / "orders.csv", lines))

    with database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Deal)) == 830
        assert session.scalar(sa.select(sa.func.count()).select_from(Line)) == 2155
        texts = {one.product for one in session.scalars(sa.select(Line))}
        assert texts == {*products.values()}
        linked = sa.select(sa.func.count(Line.product_id))
        assert session.scalar(linked) == (2155 if named else 0)
        won = sum(reports.won_by_day(session, Which(ADMIN)).values())
        assert round(won, 2) == Decimal("1265793.04")
