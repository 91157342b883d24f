"""A context for every page template, filled with what is hostile to show."""

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from markupsafe import Markup
from tests.web.contexts_custom import custom_pages
from tests.web.contexts_facts import card_head
from tests.web.contexts_merging import merge_pages
from tests.web.contexts_notes import note_parts
from tests.web.contexts_similar import similar_pages
from tests.web.contexts_views import view_pages

from vinculo.plugins.costs import PlaceCost
from vinculo.records.import_run_pages import RevertView
from vinculo.records.import_value_pages import ValueSet
from vinculo.records.merge_views import ClashLine
from vinculo.web.history_views import Change, HistoryEntry, RowChange
from vinculo.web.plugin_views import PlanPage, PluginCard
from vinculo.web.plugin_words import PartGroup
from vinculo.web.views import (
    Action,
    Attribute,
    Badge,
    CardPage,
    CardTab,
    Chip,
    Column,
    ColumnChoice,
    Conflict,
    Crumb,
    Empty,
    Form,
    FormSection,
    Hit,
    Input,
    InputRow,
    InputRows,
    Line,
    ListPage,
    MenuGroup,
    MenuLink,
    Option,
    Panel,
    Progress,
    ResultTab,
    Row,
    RowGroup,
    SearchGroup,
    Shell,
    SimilarNotice,
    Table,
    TimelineEntry,
    Toast,
    Widget,
)

EVIL = '"><script>alert(1)</script>'

FACTS = [Attribute("Fact", EVIL)]
ACTION = Action("Add client", "/clients/new", "plus", primary=True, key="c")
REMOVE = Action("Delete", "/clients/1/delete", "trash", danger=True, post=True)
OPTIONS = [Option("", "None"), Option("x", EVIL)]
TABLE = Table(
    [Column("name", "Name", "/clients?sort=-name", "asc"), Column("turnover", "Turnover", numeric=True)],
    [Row(1, "/clients/1", [EVIL, Markup("<b>9</b>")]), Row(2, "", ["Заря", "7"])],
    "Clients",
)
PANELS = [
    Panel("Notes", Markup("<p>ready</p>"), count=3, actions=[Action("Write", "/n", "notes"), REMOVE]),
    Panel("People", Markup("<p>side</p>"), side=True),
    Panel("Stock", Markup("broken"), failed=True),
]
HIT = Hit([(EVIL, True), (EVIL, False)], "/clients/1", EVIL, [(EVIL, True)])
GROUPS = [SearchGroup(EVIL, "users", [HIT, Hit([(EVIL, False)], icon="sun", act="theme")], "/more", EVIL)]
LINKS = [MenuLink(EVIL, "/clients?group=x", "list", current=True), MenuLink("Board", "/b", "layout-kanban")]


def shell() -> Shell:
    """A signed-in user with everything a shell can show."""
    link = MenuLink("Clients", "/clients", "users", current=True, count=4)
    return Shell(
        company=EVIL, user_name=EVIL, user_role="Sales",
        menu=[MenuGroup("", [link]), MenuGroup("Work", [link])], language="pt-BR", theme="dark",
        csrf="t'o&k", crumbs=[Crumb("Clients", "/clients"), Crumb(EVIL)],
        toasts=[Toast("Deleted", "/undo/1"), Toast("Failed", tone="bad")],
        foot=[MenuLink("Plugins", "/plugins", "puzzle")],
        more=[MenuLink(EVIL, "/x", "key", count=3)],
    )  # fmt: skip


def input_row(key: str) -> InputRow:
    """One row of the repeatable section."""
    return InputRow(key, [Input(f"points-{key}-value", "Value", value="1", errors=["Wrong"])], ["Row wrong"])


def section() -> FormSection:
    """A part of a form that a plugin adds, with all that may stand in it."""
    like = SimilarNotice(EVIL, [(Action(EVIL, "/clients/1"), EVIL, ())])
    conflicts, hidden = [Conflict("a__name", EVIL, EVIL, EVIL, EVIL)], {"a__of": EVIL}
    inputs = [Input("a__name", EVIL, value=EVIL, help=EVIL)]
    return FormSection(EVIL, inputs, (), EVIL, [EVIL], conflicts, [EVIL], hidden, similar=like)


def form(**overrides: Any) -> Form:
    """A form with every widget, an error, a conflict and a repeatable section."""
    inputs = [
        Input(f"field_{widget.value}", EVIL, widget, EVIL, EVIL, OPTIONS, "/lookup", True, "Help", [EVIL])
        for widget in Widget
    ]
    rows = InputRows("points", "Points", [input_row("0")], input_row("__key__"), "Add point", "Help", ["No"])
    values: dict[str, Any] = {
        "action": "/save",
        "inputs": inputs,
        "collections": [rows],
        "submit": "Save client",
        "cancel": "/back",
        "version": 7,
        "errors": [EVIL],
        "conflicts": [Conflict("name", EVIL, EVIL, EVIL, EVIL), Conflict("", "Row", EVIL, EVIL, "", EVIL)],
        "taken": [EVIL],
        "sections": [section(), FormSection("Gone", failed=EVIL)],
        "multipart": True,
        "hidden": {"next": EVIL},
    }
    return Form(**(values | overrides))


def pages() -> Mapping[str, dict[str, Any]]:
    """Every template that a handler renders, with a context that fills all of it."""
    groups = [RowGroup(EVIL, 3, "/all", "/fold", unfolded=True, rows=TABLE.rows, tone="ok")]
    grouped = Table(TABLE.columns, [], groups=groups)
    list_page = ListPage(
        title=EVIL, url="/clients", table=grouped, query=EVIL,
        chips=[Chip(EVIL, "/clients"), Chip(EVIL, "/c", "/f")], fields=OPTIONS,
        filters=[Input("stage", "Stage", Widget.SELECT, "x", options=OPTIONS)], hidden=[("sort", EVIL)],
        primary=ACTION, actions=[REMOVE], looks=LINKS, group_by=LINKS,
        picked=[Action(EVIL, "/clients/merge", "merge")],
        previous_url="/clients?before=1", next_url="/clients?after=9",
        columns=[ColumnChoice("x", EVIL, shown=True), ColumnChoice("y", EVIL, shown=False)],
    )  # fmt: skip
    found = {
        "query": EVIL, "chosen": EVIL, "groups": GROUPS, "similar": GROUPS,
        "tabs": [ResultTab(EVIL, "/search", EVIL, current=True)],
    }  # fmt: skip
    card = CardPage(
        title=EVIL, kind_label="Client", list_title="Clients", list_url="/clients", icon="building",
        badges=[Badge(EVIL, "ok")], facts=[Attribute("Turnover", EVIL)],
        attributes=[Attribute("Phone", ""), Attribute("Owner", EVIL)], panels=PANELS,
        actions=[ACTION, REMOVE], history_url="/h", head=card_head(EVIL),
        tabs=[CardTab(EVIL, EVIL, replace(one, title=EVIL), current=one.failed) for one in PANELS],
    )  # fmt: skip
    rows = [RowChange("added", EVIL), RowChange("removed", EVIL)]
    rows += [RowChange("changed", EVIL, [Change(EVIL, EVIL, "")])]
    changes = [Change("Name", "", EVIL), Change(EVIL, "", "", rows)]
    history = [
        HistoryEntry(EVIL, "today", "2026-01-01", EVIL, "Page", changes, undo_url="/undo"),
        HistoryEntry(EVIL, "today", "2026-01-01", EVIL, "Page", [Change("Name", "", EVIL)], fixed=EVIL),
    ]
    entry = TimelineEntry(EVIL, "today", "2026-01-01T10:00", "phone-incoming", "/i/1", EVIL, EVIL, "Call in")
    running = {
        "title": "Import", "progress": Progress(3, 9, 2.5, 4, EVIL), "poll_url": "/imports/1",
        "errors": TABLE, "parts": TABLE, "summary": [Attribute("Added", "3")], "rejects_url": "/r",
        "likely": TABLE, "run_url": "/run", "list_url": "/clients", "live": True, "when": EVIL,
        "actions": [ACTION],
        "revert": RevertView(
            Progress(1, 2, 0, None, EVIL), [Attribute("Deleted", "3")],
            [ClashLine("client:1:name", EVIL, EVIL, EVIL, EVIL)], 2, "/imports/1/revert", "*",
        ),
    }  # fmt: skip
    mapping = {
        "title": "Import",
        "form": form(collections=()),
        "reading": form(),
        "readings": SimpleNamespace(options=OPTIONS, words=[EVIL] * len(OPTIONS), clear=False),
        "companions": OPTIONS,
        "filled_by": EVIL,
        "templates": OPTIONS,
        "guess_url": "/guess",
        "forget_url": "/forget",
        "run_id": 1,
        "save_as": EVIL,
        "share": True,
        "chosen": ["x"],
        "suggestion": EVIL,
        "preview": TABLE,
        "match": OPTIONS,
        "duplicates": Input("duplicates", EVIL, Widget.SELECT, "x", options=OPTIONS),
    }
    operation = SimpleNamespace(
        method="POST",
        path="/api/clients",
        summary=EVIL,
        description=EVIL,
        permission="clients.write",
        plugin="deals 1.2",
        parameters=[("limit", "query", "integer", True, EVIL)],
        request=("ClientIn", '{"name": "x"}'),
        responses=[(201, "Created", "Client")],
    )
    plugin = PluginCard(
        name="deals",
        title=EVIL,
        summary=EVIL,
        icon="puzzle",
        version=EVIL,
        last_version=EVIL,
        badges=[Badge(EVIL, "ok")],
        requires=[EVIL],
        required_by=[EVIL],
        switched=EVIL,
        fault=EVIL,
        price=[Attribute("Rows", EVIL)],
        pages=[PlaceCost(EVIL, 1, 2.0, 3.0)],
        actions=[ACTION],
    )
    parts = [PartGroup("Menu", [Line(EVIL, EVIL)]), PartGroup("Pages", [Line("", EVIL)], folded=True)]
    plan = PlanPage(
        heading=EVIL,
        summary=EVIL,
        refusal="",
        others=[EVIL],
        appears=parts,
        goes=parts,
        rows=[Attribute(EVIL, "7")],
        migrations=[EVIL],
        views=[EVIL],
        submit=EVIL,
        url="/plugins/deals/off",
        is_off=True,
    )
    alone = {"shell": None, "title": EVIL, "form": form(), "note": EVIL}
    passkey = {"options": '{"challenge": "<x>"}', "hidden": {"next": EVIL}, "fault": EVIL, "back": "/back"}
    passkey |= {"action": "/answer", "passkey": "/passkey", "app": "/app", "name": EVIL, "text": EVIL}
    account = alone | passkey | {"shell": shell(), "form": form(collections=()), "tab": "/settings"}
    account |= {"password": form(collections=()), "demanded": True, "passkeys": True, "provider": EVIL}
    account |= {"found": SimpleNamespace(count=2, app=None, codes_left=9), "factors": TABLE}
    account |= {"accounts": TABLE, "sessions": TABLE, "tokens": TABLE, "permissions": OPTIONS}
    account |= {"ticked": {"x"}, "scope_errors": [EVIL], "new_token": EVIL, "company": ACTION}
    account |= {"url": "/settings/users/1", "active": True, "link": EVIL, "hours": 24, "panels": PANELS}
    account |= {"leaves": ACTION, "own": False, "ways": FACTS, "owned": FACTS}
    account |= {"asleep": [SimpleNamespace(plugin=EVIL, column=EVIL, rows=2)]}
    export = {"title": EVIL, "facts": FACTS, "form": form(collections=()), "why": EVIL, "download": "/x"}
    export |= {"badge": Badge(EVIL), "fault": EVIL, "actions": [ACTION], "alone": True, "url": "/exports/1"}
    account |= {"picture": Markup("<svg></svg>"), "secret": EVIL, "codes": [EVIL], "onward": "/"}
    privacy = {"title": EVIL, "url": "/p/1", "facts": FACTS, "form": form(), "beyond": [EVIL], "files": 1}
    privacy |= {
        "candidates": [(SimpleNamespace(name="client", record_id=1, title=EVIL), True)],
        "missing": [EVIL],
    }
    privacy |= {
        "rows": [(EVIL, EVIL, EVIL, "1")],
        "archives": [(EVIL, EVIL, "1")],
        "kept": [(EVIL, EVIL, "1")],
    }
    jobs = {
        "title": EVIL,
        "tabs": [("/j", EVIL, True)],
        "table": TABLE,
        "live": True,
        "here": "/j",
        "url": "/j",
    }
    jobs |= {"newer_url": "/j", "older_url": "/j", "facts": FACTS, "actions": [ACTION]}
    jobs |= {"progress": Progress(1, 2, 0, None)}
    wrong = {"status": 500, "title": EVIL, "text": EVIL, "actions": [ACTION]}
    return {
        "records/list.html": {"page": list_page},
        "records/card.html": {"page": card},
        "records/form.html": {"title": EVIL, "form": form()},
        "records/history.html": {"title": EVIL, "entries": history},
        "records/import_upload.html": {"title": EVIL, "form": form()},
        "records/import_values.html": {
            "title": EVIL,
            "action": "/imports/1/map",
            "back_url": "/b",
            "carried": [(EVIL, EVIL)],
            "errors": [EVIL],
            "sets": [ValueSet(EVIL, EVIL, [Input("means-0", EVIL, Widget.SELECT, "x", options=OPTIONS)])],
        },
        "records/import_map.html": mapping | {"matched": ["x"]},
        "records/import_run.html": running,
        "records/runs.html": {**jobs, "nothing": EVIL},
        "search.html": found,
        "home.html": {"greeting": EVIL, "widgets": PANELS, "empty": Empty(EVIL, EVIL, [ACTION])},
        "account/setup.html": alone,
        "account/sign_in.html": account | alone | {"forgot": "/forgot", "next": EVIL},
        **{
            f"account/{name}.html": alone | passkey
            for name in ("form", "message", "passkey", "second", "enrol")
        },
        **{f"account/{name}.html": account for name in ("app", "codes", "new_passkey", "confirm", "leave")},
        **{f"account/{name}.html": account for name in ("settings", "security", "tokens", "user_security")},
        "account/leaving.html": account,
        "records/export_ask.html": export,
        "records/export.html": export | {"remark": Input("remark", EVIL, Widget.TEXTAREA, EVIL)},
        "audit/list.html": {
            "title": EVIL,
            "url": "/settings/audit",
            "filters": [Input("kind", "Kind", Widget.SELECT, "x", options=OPTIONS)],
            "chips": [Chip(EVIL, "/settings/audit")],
            "table": TABLE,
            "actions": [ACTION],
            "first_url": "/settings/audit",
            "next_url": "/settings/audit?before=9",
        },
        "audit/event.html": {"title": EVIL, "entry": history[0], "facts": [Attribute("Record", EVIL)]},
        "protection/alarms.html": {
            "title": EVIL,
            "table": TABLE,
            "canaries": True,
            "actions": [ACTION],
            "next_url": "/older",
        },
        "protection/alarm.html": {
            "title": EVIL,
            "sentence": EVIL,
            "facts": [Attribute("Who", EVIL)],
            "events": "/settings/audit",
            "badge": Badge(EVIL),
            "height": 60,
            "form": form(collections=()),
            "chart": SimpleNamespace(
                limit=5, bars=[SimpleNamespace(day=EVIL, count=EVIL, height=9, judged=True)]
            ),
        },
        "privacy/erase.html": privacy,
        "privacy/certificate.html": privacy,
        "jobs/list.html": jobs,
        "jobs/job.html": jobs | {"job": SimpleNamespace(reason=EVIL), "badge": Badge(EVIL)},
        "protection/canaries.html": {"title": EVIL, "table": TABLE, "form": form(collections=())},
        "error.html": wrong,
        "plugins/list.html": {"plugins": [plugin], "safe": True},
        "plugins/plan.html": {"page": plan},
        "api_docs.html": {
            "errors": [(404, EVIL, [EVIL])],
            "tags": [EVIL],
            "tag": EVIL,
            "operations": [operation],
            "schemas": [("ClientIn", [("name", "string", True, EVIL)])],
        },
        "fragments/options.html": {"options": OPTIONS},
        "fragments/palette.html": found,
        "fragments/timeline.html": {"entries": [entry], "more_url": "/more"},
        "fragments/import_run.html": running,
    }


PAGES = pages() | custom_pages(EVIL, TABLE, form(collections=())) | note_parts(EVIL)
PAGES |= merge_pages(EVIL, TABLE) | similar_pages(EVIL) | view_pages(EVIL)
