"""Plugins are switched, archived, purged, restored, upgraded and removed in any order, while people work.

``VINCULO_STATEFUL=200`` tries 200 histories of 30 steps instead of the few short ones of each run.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from litestar.testing import TestClient

from vinculo.accounts.models import Role
from vinculo.actor import Source, system
from vinculo.app import Host, Switchboard, assemble, load_registry
from vinculo.clients.models import Client
from vinculo.clients.records import client as client_kind
from vinculo.db.engine import Database
from vinculo.errors import ConflictError, NotFoundError
from vinculo.events.models import TimelineEntry, Trash
from vinculo.plugins import discovery
from vinculo.records import merging, service, trash
from vinculo.records.models import Merge
from vinculo.settings import Settings
from vinculo.testing import factories
from vinculo.testing.browsing import sign_in
from vinculo.transfer import reading

LONG = int(os.environ.get("VINCULO_STATEFUL", "0"))
PROFILE = settings(
    max_examples=LONG or 4,
    stateful_step_count=30 if LONG else 12,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=not LONG,
)
ADMIN = system(Source.CLI)
REQUIRED = {"interactions": (), "loyalty": (), "notebook": (), "vouchers": ("loyalty",)}
REQUIRING = {"loyalty": ("vouchers",)}
PLUGINS = sorted(REQUIRED)
LINKS = {  # table → columns with a link to a client, and what becomes of the row with it
    "interactions_interaction": {"client_id": "follow"},
    "loyalty_card": {"client_id": "follow"},
    "notebook_jotting": {"client_id": "detach"},
    "vouchers_voucher": {"client_id": "follow", "giver_id": "detach"},
    "vouchers_redemption": {"client_id": "forbid"},
}
NEWER = Path(__file__).parent / "examples" / "notebook-next" / "vinculo_notebook"
names = st.sampled_from(PLUGINS)
numbers = st.integers(0, 9)


class Company(RuleBasedStateMachine):
    """What was done to a company, what should have come of it, and the company itself."""

    def __init__(self, site, url, folder):
        super().__init__()
        self.site = site
        self.database = Database(url)
        self.settings = Settings.model_validate({"database": {"url": url}, "files": {"folder": folder}})
        self.host = Host.of(self.settings, self.database)
        self.board = Switchboard(self.host, assemble)
        self.states = dict.fromkeys(PLUGINS, "installed")
        self.rows = {}  # table → {id: {column: client}}: those of tables that are there
        self.archives = {}  # plugin → the hash of each table when it was archived
        self.gone = set()  # packages that are not installed
        self.deleted = {}  # client → its number in the trash, and what went with it
        self.merged = self.number = 0
        self.version = "1.0"
        with self.database.write() as session:
            self.user = factories.make_user(session, "root", role=Role.ADMINISTRATOR)
            self.clients = [factories.make_client(session, f"Client {n}").id for n in range(3)]
        self.rows["interactions_interaction"] = {}  # is migrated, and was never on
        self.apps = {}

    def teardown(self):
        for name in sorted(self.gone):
            self._put_back(name)
        if self.version != "1.0":
            self._write_version("1.0")
        self.database.close()

    # What people do

    @rule(name=names, cascade=st.booleans())
    def switch_on(self, name, cascade):
        missing = [one for one in REQUIRED[name] if self.states[one] != "on"]
        possible = name not in self.gone and (cascade or not missing) and not self.gone & set(missing)
        kind = NotFoundError if name in self.gone else ConflictError
        with self.expected(possible and not self.gone & set(REQUIRED[name]), kind):
            self.board.switch("on", name, cascade=cascade, actor=ADMIN)
            self.states |= dict.fromkeys((*missing, name), "on")
            self.add_tables(*missing, name)

    @rule(name=names, cascade=st.booleans())
    def switch_off(self, name, cascade):
        hanging = [
            one for one in REQUIRING.get(name, ()) if self.states[one] == "on" and one not in self.gone
        ]
        known = name not in self.gone or self.states[name] != "installed"
        with self.expected(known and (cascade or not hanging), ConflictError if known else NotFoundError):
            self.board.switch("off", name, cascade=cascade, actor=ADMIN)
            for one in (*hanging, name):
                if self.states[one] not in ("archived", "purged"):
                    self.states[one] = "off"

    @rule(name=names)
    def archive(self, name):
        possible = self.states[name] != "on" and self.tables(name)
        with self.expected(possible, self.refusal(name)):
            self.board.archive(name, actor=ADMIN)
            self.states[name], self.archives[name] = "archived", self.seals(name)

    @rule(name=names)
    def purge(self, name):
        same = self.archives.get(name) == self.seals(name) or not self.tables(name)
        referred = name == "loyalty" and self.tables("vouchers")
        possible = self.states[name] != "on" and name in self.archives and same and not referred
        with self.expected(possible, self.refusal(name)):
            self.board.purge(name, confirmation=name, actor=ADMIN)
            self.states[name] = "purged"
            for table in self.tables(name):
                del self.rows[table]

    @rule(name=names)
    def restore(self, name):
        empty = not any(self.rows[table] for table in self.tables(name))
        referred = name == "loyalty" and self.tables(name) and self.tables("vouchers")
        lacking = name == "vouchers" and not self.tables("loyalty")
        possible = self.states[name] != "on" and name in self.archives and empty and not referred
        with self.expected(possible and not lacking, self.refusal(name)):
            back = self.board.restore(name, actor=ADMIN)
            self.states[name] = "off"
            if not back.links:
                assert self.seals(name) == self.archives[name]
            for table in self.archives[name]:
                self.rows[table] = self.read(table)
            lost = {self.survivor(link.old_id) for link in back.links if link.outcome != "merged"}
            assert not lost & set(self.clients)

    @rule(number=numbers)
    def add_client(self, number):
        self.number += 1
        with self.database.write() as session:
            self.clients.append(factories.make_client(session, f"New {self.number}").id)

    @rule(name=names, number=numbers, other=numbers, redeemed=st.booleans())
    @precondition(lambda self: self.clients and self.working())
    def add_record(self, name, number, other, redeemed):
        if name not in self.working():
            return
        registry, table = load_registry(self.settings, self.database), self.tables(name)[0]
        kind = next(k for k in registry.kinds.values() if registry.kind_owners[k.name] == name)
        self.number += 1
        values = {"client_id": self.one_of(number)}
        values |= {
            "interactions": {"subject": f"Talk {self.number}", "type": "email"},
            "loyalty": {"number": f"C{self.number}"},
            "notebook": {"text": f"Line {self.number}"},
            "vouchers": {"number": f"V{self.number}", "amount": 9, "giver_id": self.one_of(other)},
        }.get(name, {})
        if name == "vouchers" and redeemed:
            values["redemptions"] = [{"amount": 1}]
        if name == "loyalty" and values["client_id"] in self.of(table):
            return
        with self.database.write() as session:
            factories.make_record(session, kind, links_to=[*registry.kinds.values()], **values)
        for table in self.tables(name):
            self.rows[table] = self.read(table)

    @rule(number=numbers)
    @precondition(lambda self: len(self.clients) > 1)
    def delete_client(self, number):
        one = self.one_of(number)
        with self.expected(not self.forbidding(one), ConflictError):
            with self.database.write() as session:
                record = service.get(session, client_kind, one, actor=ADMIN, lock=True)
                entry = trash.delete(session, client_kind, record, actor=ADMIN).id
            self.clients.remove(one)
            self.deleted[one] = (entry, self.take_away(one))

    @rule(number=numbers)
    @precondition(lambda self: self.deleted)
    def undo(self, number):
        one = sorted(self.deleted)[number % len(self.deleted)]
        entry, lost = self.deleted.pop(one)
        with self.database.write() as session:
            trash.restore(session, client_kind, trash.get(session, entry), actor=ADMIN)
        self.clients.append(one)
        for table, rows in lost.items():
            if table in self.rows:
                self.rows[table] |= rows

    @rule(number=numbers, other=numbers)
    @precondition(lambda self: len(self.clients) > 1)
    def merge_clients(self, number, other):
        keep, gone = self.one_of(number), self.one_of(other)
        if keep == gone:
            return
        with self.expected(not self.forbidding(gone), ConflictError):
            with self.database.write() as session:
                merging.merge(session, client_kind, keep, [gone], actor=ADMIN)
            self.clients.remove(gone)
            self.merged += 1
            self.repoint(gone, keep)

    @rule()
    @precondition(lambda self: self.version == "1.0" and "notebook" not in self.gone)
    def upgrade_package(self):
        self._write_version("1.1")
        self.board.upgrade(print, pytest.fail)

    @rule(name=names)
    def remove_package(self, name):
        if name in {*self.gone, "interactions"}:  # which comes with the distribution
            return
        discovery.unload(discovery.installed()[name])
        self._entry_points(name).rename(self._entry_points(name).with_suffix(".gone"))
        self.gone.add(name)
        self.apps.clear()

    @rule(name=names)
    def put_package_back(self, name):
        if name in self.gone:
            self._put_back(name)

    # What has to be true after each of these

    @invariant()
    def states_are_remembered(self):
        with self.database.read() as session:
            found = {status.name: status.state for status in self.board.statuses(session)}
        assert {name: found.get(name, "installed") for name in PLUGINS} == self.states

    @invariant()
    def rows_are_where_they_should_be(self):
        there = {table for table in sa.inspect(self.database.engine).get_table_names() if table in LINKS}
        assert there == set(self.rows) & set(LINKS)
        assert {table: self.read(table) for table in there} == {table: self.rows[table] for table in there}

    @invariant()
    def the_kernel_is_whole(self):
        with self.database.read() as session:
            assert sorted(session.scalars(sa.select(Client.id))) == sorted(self.clients)
            count = sa.select(sa.func.count())
            assert session.scalar(count.select_from(Trash)) == len(self.deleted)
            assert session.scalar(count.select_from(Merge)) == self.merged
            shown = sa.select(TimelineEntry.client_id).where(TimelineEntry.kind == "interaction")
            told = Counter(session.scalars(shown))
        held = self.rows.get("interactions_interaction", {}).values()
        assert told == Counter(row["client_id"] for row in held)

    @invariant()
    def the_app_boots_and_answers(self):
        working = self.working()
        key = frozenset(working)
        is_new = key not in self.apps
        if is_new:
            self.apps[key] = assemble(self.host, load_registry(self.settings, self.database))
        app = self.apps[key]
        registry = app.state.site.registry
        assert set(registry.plugins) == working
        with TestClient(app) as browser:
            with self.database.write() as session:
                sign_in(session, browser, self.user)
            pages = ["/", "/clients", "/plugins", f"/clients/{self.clients[0]}", "/api/v1/clients"]
            pages += [item.url for item in registry.menu] if is_new else []
            pages += [registry.kinds[k].url for k, owner in registry.kind_owners.items() if owner in working]
            assert {page: browser.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
            for name, page in {"notebook": "/jottings", "vouchers": "/vouchers"}.items():
                assert name in working or browser.get(page).status_code == 404

    # How that is worked out

    @contextmanager
    def expected(self, possible, refusal):
        """The block succeeds, or is refused, and then has changed nothing."""
        if possible:
            yield
            return
        with pytest.raises(refusal):
            yield

    def refusal(self, name):
        return NotFoundError if name in self.gone and self.states[name] == "installed" else ConflictError

    def working(self):
        """Those that are on and can be."""
        on = {name for name in PLUGINS if self.states[name] == "on" and name not in self.gone}
        return {name for name in on if on.issuperset(REQUIRED[name])}

    def tables(self, name):
        return [table for table in LINKS if table.startswith(f"{name}_") and table in self.rows]

    def add_tables(self, *names):
        for table in LINKS:
            if table.startswith(tuple(f"{name}_" for name in names)):
                self.rows.setdefault(table, {})

    def one_of(self, number):
        return sorted(self.clients)[number % len(self.clients)]

    def read(self, table):
        columns = [sa.column(name) for name in ("id", *LINKS[table])]
        with self.database.read() as session:
            found = session.execute(sa.select(*columns).select_from(sa.table(table))).mappings()
            return {row["id"]: {name: row[name] for name in LINKS[table]} for row in found}

    def seals(self, name):
        with reading.snapshot(self.database) as connection:
            return {table: reading.seal(connection, table) for table in self.tables(name)}

    def forbidding(self, client):
        return client in self.of("vouchers_redemption")

    def of(self, table):
        """The clients that have a row there."""
        return {row["client_id"] for row in self.rows.get(table, {}).values()}

    def take_away(self, client):
        """Rows follow the client, or let go of it; what they were."""
        lost = {}
        for table, rows in self.rows.items():
            for number, row in [*rows.items()]:
                held = {column for column, value in row.items() if value == client}
                if not held:
                    continue
                lost.setdefault(table, {})[number] = {**row}
                if any(LINKS[table][column] == "follow" for column in held):
                    del rows[number]
                else:
                    rows[number] = {**row, **dict.fromkeys(held)}
        return lost

    def repoint(self, gone, keep):
        """One card for a client: that of the survivor stays."""
        if keep in self.of("loyalty_card"):
            cards = self.rows["loyalty_card"]
            self.rows["loyalty_card"] = {n: row for n, row in cards.items() if row["client_id"] != gone}
        for table, rows in self.rows.items():
            for row in rows.values():
                for column, policy in LINKS[table].items():
                    if row[column] == gone:
                        row[column] = None if policy == "detach" else keep

    def survivor(self, client):
        with self.database.read() as session:
            return merging.survivor_of(session, "client", client) or client

    def _entry_points(self, name):
        return self.site / f"vinculo_{name}-1.0.dist-info" / "entry_points.txt"

    def _put_back(self, name):
        self._entry_points(name).with_suffix(".gone").rename(self._entry_points(name))
        self.gone.discard(name)
        self.apps.clear()

    def _write_version(self, version):
        """Another version of the notebook, as pip would put it in the place of this one."""
        package = self.site / "vinculo_notebook"
        manifest = package / "__init__.py"
        manifest.write_text(manifest.read_text().replace(f'version="{self.version}"', f'version="{version}"'))
        added = Path("migrations") / "0002_tags.py"
        (package / added).unlink(missing_ok=True)
        if version == "1.1":
            shutil.copy(NEWER / added, package / added)
        if "notebook" not in self.gone:
            discovery.unload(discovery.installed()["notebook"])
        self.version = version
        self.apps.clear()


def test_whatever_is_done_nothing_is_lost(examples, database_kind, copy_database, request, tmp_path):
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    made = []

    def company():
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(copy_database(folder))
        return Company(examples, made[-1], folder / "files")

    run_state_machine_as_test(company, settings=PROFILE)
    for url in made if server else ():
        server.drop(url)
