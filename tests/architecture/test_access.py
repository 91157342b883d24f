"""No query of records bypasses the rights: it passes through ``vinculo.records.access``, or says why not."""

import ast
from pathlib import Path

from vinculo.app import all_histories, load_registry
from vinculo.db.engine import Database
from vinculo.plugins.discovery import installed
from vinculo.settings import Settings
from vinculo.testing.databases import migrate

ROOT = Path(__file__).parents[2]
ROOMS = ("events", "records", "clients", "counterparties", "people", "web")
CODE = [
    *(path for room in ROOMS for path in sorted((ROOT / "core" / "vinculo" / room).rglob("*.py"))),
    *(
        path
        for path in sorted((ROOT / "plugins").rglob("*.py"))
        if not {"tests", "migrations"} & {*path.parts}
    ),
]
READS = {"select", "exists", "query", "get", "get_one"}
OWN = {
    "records/access.py": "it makes the conditions",
    "clients/timeline_filters.py:_holds": "of entries that are narrowed: timeline.of_client",
    "records/import_chunk.py:_finder": "the caller narrows it: Chunk._look_up",
    "records/import_chunk.py:loader": "by ids that were found so, or are narrowed: reverting._readable",
    "records/reverting.py:_events": "of records that were read",
    "records/reverting.py:_hanging": "counts what hangs on records that were read",
    "records/exporting.py:_rows_of": "the rows of records that query.page gave out",
    "records/query.py:_ordered": "the caller narrows it: page",
    "records/search.py:find": "by the ids of matches, which narrows them",
    "records/search.py:find_each": "by the ids of matches, which narrows them",
    "records/found.py:told_apart": "by the ids of suggestions, which the same actor was shown",
    "records/merging.py:_refuse": "counts rows that forbid it; names none",
    "records/merging.py:_repoint": "moves what hangs on records that were read",
    "records/merging.py:_follow": "moves what hangs on records that were read",
    "records/images.py": "keeps rows of records that were read, to put them back",
    "records/unmerging.py:_plan_table": "asks nothing: it compares rows that were read",
    "records/unmerging.py:undo": "unmerging.get asks for the rights, service.get for the records",
    "records/history.py:events_of": "of a record that was read",
    "records/history.py:event_of": "of a record that was read",
    "clients/hierarchy.py:_above": "ids only; names are asked for within what is seen",
    "records/catching_up.py:_unknown": "the texts of all records, which it shows nobody",
    "records/similar_scan.py:_complete_keys": "the keys of all records, which it shows nobody",
    "records/conversion.py": "of records that were put back; names for who may define fields",
    "records/retyping.py:_next": "converts what each record holds; samples are narrowed: preview",
    "records/computing.py": "computes of each record what it holds, and shows nobody",
    "records/unique.py:_claim": "says that a value is taken; not by whom",
    "records/unique.py:_values": "of all records; duplicates are told who may define fields",
    "records/snapshots.py:_since": "of a record that was read",
    "orders/vinculo_orders/actions.py:make": "whether a record that was read has one",
    "orders/vinculo_orders/queries.py:about": "the caller narrows it: pages._sees",
    "orders/vinculo_orders/queries.py:made_of": "ids alone, for who looks whether one of them was charged",
    "orders/vinculo_orders/queries.py:origin": "of an order that was read; it shows nobody",
    "orders/vinculo_orders/queries.py:taken": "of a record that was read; says whether, not which",
    "orders/vinculo_orders/service.py:_fill": "of an order that its writer names the client of",
    "payments/vinculo_payments/allocating.py:_locked": "of invoices that the caller read: allocate",
    "payments/vinculo_payments/billing.py:_refuse_second": "locks what a record that was read was made of",
    "payments/vinculo_payments/booking.py:_book": "by keys of lines, so that none is booked twice",
    "payments/vinculo_payments/checks.py:_invoices": "vinculo doctor looks at all rows",
    "payments/vinculo_payments/checks.py:_payments": "vinculo doctor looks at all rows",
    "payments/vinculo_payments/invoice_pdf.py:credit_data": "the invoice of a credit note that was read",
    "payments/vinculo_payments/terms.py:days": "how many days an invoice that is written has; names no one",
    "payments/vinculo_payments/past.py:_later": "joined to invoices that Which.within narrows",
    "payments/vinculo_payments/past.py:taken_later": "Which.within narrows it",
    **{
        f"payments/vinculo_payments/reports.py:{one}": "Which.within narrows it"
        for one in ("_advances", "_open", "expected", "invoiced")
    },
    "payments/vinculo_payments/payers.py:_only": "whose a line of a statement is, whoever books it",
    "payments/vinculo_payments/queries.py:about": "narrowed: pages._sees; of others billing tells the number",
    "payments/vinculo_payments/queries.py:credits_of": "of an invoice that was read: they are its client's",
    "payments/vinculo_payments/queries.py:invoices_of": "of a payment that was read: they are its client's",
    "payments/vinculo_payments/queries.py:payments_of": "of an invoice that was read: they are its client's",
    "payments/vinculo_payments/service.py:_called": "a payment is called by what it names",
    "payments/vinculo_payments/service.py:check_credit": "the sum of an invoice whose credit note is written",
    "payments/vinculo_payments/service.py:check_invoice": "of an invoice that its writer names the client of",
    "complaints/vinculo_complaints/queries.py:earlier": "the caller narrows it: pages._earlier",
    "complaints/vinculo_complaints/jobs.py:_some": "tells who is responsible; the program itself asks",
    "complaints/vinculo_complaints/queries.py:names": "of lists that are nobody's",
    "complaints/vinculo_complaints/reports.py:groups": "Which.conditions narrows it",
    "complaints/vinculo_complaints/reports.py:cases": "Which.conditions narrows it",
    "complaints/vinculo_complaints/service.py:check": "of a complaint that its writer names the client of",
    "mailings/vinculo_mailings/audience.py": "of clients that are found with the rights of the owner",
    "mailings/vinculo_mailings/bounces.py": "of the one message that came back, and shows nobody",
    "mailings/vinculo_mailings/demo.py": "of the sample company",
    "mailings/vinculo_mailings/ledger.py": "what jobs write down and send; shown in counts of a mailing",
    "mailings/vinculo_mailings/pages.py:_left_out": "counts of a mailing that was read",
    "mailings/vinculo_mailings/planning.py": "begins what is due, whosever it is; its owner's rights decide",
    "mailings/vinculo_mailings/public.py": "whoever holds the token of a message got it",
    "mailings/vinculo_mailings/reports.py:after": "Which.within narrows it",
    "mailings/vinculo_mailings/reports.py:results": "Which.within narrows it",
    "mailings/vinculo_mailings/service.py": "of a record that was read, or of the message with a token",
    "mailings/vinculo_mailings/sending.py": "sends what the ledger holds, and shows nobody",
    "mailings/vinculo_mailings/values.py:people": "of people to whom messages are addressed",
    "marketing/vinculo_marketing/consents.py:words": "whether an address gets mail; shows nobody",
    "deals/vinculo_deals/pipelines.py:_in_use": "counts deals of a stage; names none",
    "deals/vinculo_deals/service.py:_called": "of a deal that its writer names the client of",
    "deals/vinculo_deals/reports.py:cohorts": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:stays": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:expected": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:won_by_day": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:judged": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:largest": "Which.conditions narrows it",
    "deals/vinculo_deals/reports.py:standing": "Which.conditions narrows it",
    "deals/vinculo_deals/working_stays.py:_going_on": "Which.conditions narrows it",
    "deals/vinculo_deals/trade.py:speeds": "Which.conditions narrows it",
    "deals/vinculo_deals/trade.py:demand": "Which.conditions narrows it",
    "deals/vinculo_deals/trade.py:_sold": "Which.conditions narrows it",
    "deals/vinculo_deals/trade.py:buyers": "Which.conditions narrows it",
    "deals/vinculo_deals/pivot.py:table": "Which.conditions narrows it",
    "deals/vinculo_deals/sample.py": "fills the sample company",
    "deals/vinculo_deals/snapshots.py": "keeps what is forecast of all deals, and shows nobody",
    "deals/vinculo_deals/chances.py": "counts the rates of all deals, by which each is judged",
    "deals/vinculo_deals/demo.py:fill": "of the sample company, for nobody",
    "deals/vinculo_deals/quotation_pdf.py:stored": "the file of a quotation that was read",
    "deals/vinculo_deals/quotation_steps.py:look_after": "tells those who are responsible",
    "deals/vinculo_deals/quotation_steps.py:_tell": "tells the responsible of a quotation its deal",
    "deals/vinculo_deals/quotations.py:_begin": "of a quotation whose writer names deal and version",
    "deals/vinculo_deals/quotations.py:_number": "counts numbers; names none",
    "deals/vinculo_deals/quotations.py:follow": "changes what hangs on a deal that was read",
    "deals/vinculo_deals/queries.py:held": "the caller narrows it: board_pages._board",
    "deals/vinculo_deals/closing.py": "the caller narrows it: calendar_pages._read",
    "deals/vinculo_deals/mine.py:_part": "_own narrows it",
    "deals/vinculo_deals/mine.py:_stages": "_own narrows it",
    "deals/vinculo_deals/compliance.py": "Which.conditions narrows it",
    "deals/vinculo_deals/process_demo.py": "fills the sample company",
    "deals/vinculo_deals/walk_demo.py": "fills the sample company",
    "deals/vinculo_deals/evidence.py:waiting": "notes what shows that steps are done, and shows nobody",
    "deals/vinculo_deals/repeating.py:_seller": "of a client whose deals the caller has read",
    "deals/vinculo_deals/repeating.py:ask": "locks a client that was read",
    "deals/vinculo_deals/tallies.py:check": "numbers of deals that are missing, for the doctor",
    "deals/vinculo_deals/steps.py:ask": "has deals of a stage do a step, and shows nobody",
    "records/proving.py:hanging_on": "tells when and by whom, no more, of records that were read",
    "interactions/vinculo_interactions/records.py:talked": "as records/proving.py:hanging_on",
    "interactions/vinculo_interactions/clock.py": "settles what was written, and shows nobody",
    "interactions/vinculo_interactions/jobs.py:_tell": "tells each user of what waits for them",
    "interactions/vinculo_interactions/jobs.py:_clients": "who is responsible for what was read",
    "tasks/vinculo_tasks/jobs.py:_some": "reminds each user of what waits for them",
    "tasks/vinculo_tasks/plan_pages.py:_owners": "of the clients of records that were read",
    "tasks/vinculo_tasks/queries.py:count_due": "counts one's own, and names none",
    "tasks/vinculo_tasks/service.py:follow": "what followed from a task that was read",
    "marketing/vinculo_marketing/touches.py:above": "ids only; what is there is narrowed where it is shown",
    "marketing/vinculo_marketing/reports.py:names": "of lists that are nobody's",
    "marketing/vinculo_marketing/web_forms.py:_tell": "of the client of a request, for who is told of it",
    "marketing/vinculo_marketing/service.py:_called": "of a participant that its writer names",
    "marketing/vinculo_marketing/service.py:touches_of": "of a participant that was read",
    "marketing/vinculo_marketing/service.py:settle": "settles what was written, and shows nobody",
    "records/trash.py:_hanging": "keeps what hangs on a record that was read",
    "catalog/vinculo_catalog/service.py:_faults_of_sku": "whether a number is taken, of kinds without scope",
    "segments/vinculo_segments/jobs.py:_refresh": "its owner's rights decide: service.refresh",
    "segments/vinculo_segments/queries.py:_by_rule": "a condition of lists that are narrowed",
    "segments/vinculo_segments/queries.py:circle": "through groups of others, which it does not name",
    "segments/vinculo_segments/queries.py:using": "what switching a plugin does; private groups are counted",
    "segments/vinculo_segments/reasons.py:_since": "of a client and a group that were read",
    "segments/vinculo_segments/service.py:faults_of_membership": "of a client and a group that were read",
    "segments/vinculo_segments/service.py:due": "ids for jobs",
    "warehouse/vinculo_warehouse/actions.py:reservation_of": "of a record that was read",
    "warehouse/vinculo_warehouse/actions.py:ship": "of a reservation that was read",
    "warehouse/vinculo_warehouse/queries.py:_parts": "adds up goods, which are nobody's; names no document",
    "warehouse/vinculo_warehouse/queries.py:moves": "of goods, which are nobody's; documents by id alone",
    "warehouse/vinculo_warehouse/reserving.py:shipped": "how much of goods was shipped; names no document",
    "warehouse/vinculo_warehouse/service.py:_faults": "whether what a writer names is a reservation",
    "warehouse/vinculo_warehouse/service.py:_fulfilled": "of a document that was read",
}
PROJECTIONS = ("Event", "SearchDocument", "TimelineEntry")
PASSES = ("access.", "visible", "told.rows(")


def names(kinds):
    """Models of kinds that are somebody's, and the ways in which code of no kind in particular says “its”."""
    return {kind.model.__name__ for kind in kinds if kind.scoped} | {"model", "table", "column", *PROJECTIONS}


def test_every_query_of_records_is_narrowed(tmp_path):
    on = [name for name, plugin in installed().items() if plugin.manifest]
    settings = Settings(plugins={"on": on})
    database = Database(f"sqlite:///{tmp_path / 'vinculo.db'}")
    migrate(str(database.url), all_histories())
    kinds = load_registry(settings, database).kinds.values()
    database.close()
    wanted = names(kinds)

    found = {place: text for path in CODE for place, text in queries(path, wanted)}

    assert len(found) > 10
    bypassing = [place for place, text in found.items() if not any(one in text for one in PASSES)]
    assert [p for p in bypassing if p not in OWN and p.partition(":")[0] not in OWN] == []


def queries(path, wanted):
    """(file:function, its source) of the functions that ask for records."""
    source = path.read_text(encoding="utf-8")
    short = path.relative_to(ROOT).as_posix().removeprefix("core/vinculo/").removeprefix("plugins/")
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        for call in ast.walk(function):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Attribute)
                and call.func.attr in READS
            ):
                said = {n.id for a in call.args for n in ast.walk(a) if isinstance(n, ast.Name)}
                said |= {n.attr for a in call.args for n in ast.walk(a) if isinstance(n, ast.Attribute)}
                if said & wanted:
                    yield f"{short}:{function.name}", ast.get_source_segment(source, function)
