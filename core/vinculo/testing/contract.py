"""What Vinculo asks of every plugin, as a class of tests that a plugin's test inherits.

Three lines are enough::

    from vinculo.testing.contract import PluginContract

    class TestContract(PluginContract):
        plugin = "loyalty"

The rows that it works with are made up from the plugin's kinds of records; where rules ask for more,
override ``sample``. What a plugin does not have (tables, kinds, pages) is not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from importlib.resources import files
from pathlib import Path
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from litestar import Litestar

from vinculo.app import Host, assemble, histories, load_registry
from vinculo.clients.models import Client
from vinculo.clients.records import client as client_kind
from vinculo.db import migrations, personal
from vinculo.db.base import Base
from vinculo.db.engine import Database
from vinculo.errors import ConflictError
from vinculo.plugins import discovery, memory, tables
from vinculo.plugins.contributions import Part
from vinculo.plugins.registry import Registry
from vinculo.records import merging, service, trash, unmerging
from vinculo.records.kind import RecordKind
from vinculo.records.models import MergeUndo
from vinculo.settings import Settings
from vinculo.testing import declared, messages, samples
from vinculo.testing.browsing import Browser
from vinculo.testing.factories import SYSTEM, make_client
from vinculo.testing.samples import Samples
from vinculo.transfer import reading, schema
from vinculo.web.routes import PUBLIC, SIGNED_IN

FEW, MANY = 5, 25
LONGEST_NAME = 63  # of PostgreSQL
Switch = Callable[[str, bool], None]


class PluginContract:
    """The tests. ``query_budget`` holds for each page; ``alike`` are texts that read so in all languages."""

    plugin: ClassVar[str]
    query_budget: ClassVar[int] = 15
    alike: ClassVar[Collection[str]] = ()

    def sample(self, kind: RecordKind, number: int, client_id: int) -> dict[str, Any]:
        """What the API would be sent for a record, of this plugin or one it requires; the numbers differ."""
        return samples.payload(kind, number, client_id)

    @pytest.fixture
    def plugins_on(self) -> list[str]:
        """The plugin after those that it requires."""
        return declared.with_required(self.plugin)

    @pytest.fixture
    def registry(self, plugins_on: list[str], settings: Settings, database: Database) -> Registry:
        """What the kernel and these plugins contribute."""
        return load_registry(settings, database, plugins_on)

    @pytest.fixture
    def package(self) -> Path:
        """The folder of the plugin's package."""
        return Path(str(files(discovery.installed()[self.plugin].package)))

    @pytest.fixture
    def put(self, database: Database, registry: Registry) -> Callable[..., Mapping[str, int]]:
        """Add records of each of the plugin's kinds to a client; the id of the last of each."""
        made = Samples(registry, self.plugin, self.sample)

        def put(client: Client, count: int = 1) -> Mapping[str, int]:
            with database.write() as session:
                return made.put(session, client.id, count)

        return put

    @pytest.fixture
    def seals(self, database: Database) -> Callable[[], Mapping[str, str]]:
        """The hash of each of the plugin's tables, as they are now."""

        def seals() -> Mapping[str, str]:
            with reading.snapshot(database) as connection:
                names = tables.of_plugin(connection, self.plugin)
                return {name: reading.seal(connection, name).sha256 for name in names}

        return seals

    @pytest.fixture
    def empty(self, database_url: str) -> Iterator[Database]:
        """A database without any table."""
        database = Database(database_url)
        yield database
        database.close()

    def test_it_loads_alone_with_what_it_requires(
        self, settings: Settings, database: Database, registry: Registry, plugins_on: list[str]
    ) -> None:
        """Its hooks are right, its requirements there, and an app can be built of them."""
        assert {name: fault.message for name, fault in registry.faults.items()} == {}
        assert [*registry.plugins] == plugins_on
        assemble(Host.of(settings, database), registry)

    def test_it_imports_other_plugins_only_if_its_manifest_says_so(self, package: Path) -> None:
        """They stand under ``requires`` or ``optional``."""
        assert declared.undeclared_imports(self.plugin, package) == []

    def test_its_tables_come_go_and_come_again(self, empty: Database, plugins_on: list[str]) -> None:
        """Also with rows in them; nothing but its own tables comes and goes."""
        others, own = histories(plugins_on)[:-1], histories(plugins_on)[-1]
        migrations.upgrade(empty, others)
        before = _schema(empty)

        migrations.upgrade(empty, [own])
        made = _schema(empty)
        foreign = {name for name in made.keys() - before.keys() if not own.owns(name)}
        assert foreign == set(), f"its tables must begin with {self.plugin}_"
        assert {name: made[name] for name in before} == before, "it changes tables of others"
        self._fill(empty, plugins_on)

        migrations.downgrade(empty, own, "base")
        assert _schema(empty) == before
        migrations.upgrade(empty, [own])
        assert _schema(empty) == made

    def test_its_models_and_tables_agree(
        self, database: Database, registry: Registry, plugins_on: list[str]
    ) -> None:
        """A change of a model has its migration."""
        own = histories(plugins_on)[-1]
        if any(map(own.owns, [*Base.metadata.tables, *_schema(database)])):
            assert migrations.drift(database, [own]) == [], f'vinculo db revision {self.plugin} -m "…"'

    def test_its_names_fit_both_databases(self, registry: Registry) -> None:
        """PostgreSQL cuts longer ones off; a backup of SQLite would not come back there."""
        own = [table for name, table in Base.metadata.tables.items() if name.startswith(f"{self.plugin}_")]
        names = {str(index.name) for table in own for index in table.indexes}
        assert {name for name in names if len(name) > LONGEST_NAME} == set()

    def test_its_links_declare_their_policies(self, registry: Registry) -> None:
        """Each foreign key that leaves its tables says what a deletion and what a merge does."""
        assert memory.check_links(self.plugin, Base.metadata) == []

    def test_its_texts_declare_whether_they_are_personal(self, registry: Registry) -> None:
        """So that a person can be erased from its rows, also while it is off."""
        assert [*personal.check(Base.metadata, f"{self.plugin}_")] == []

    def test_its_menu_leads_to_pages(self, registry: Registry, admin: Browser) -> None:
        """And those ask for the permission that shows the entry."""
        asked = {
            path: h.opt.get("permission")
            for path, h in declared.handlers(admin.app)
            if "GET" in h.http_methods
        }
        for item in registry.menu:
            if registry.owners[Part.MENU, item.url] == self.plugin:
                assert admin.get(item.url).status_code == 200, item.url
                assert asked[item.url] == item.permission, item.url

    def test_its_routes_state_declared_permissions(
        self, registry: Registry, build_app: Callable[[], Litestar]
    ) -> None:
        """What nobody declared, nobody could be given."""
        known = {PUBLIC, SIGNED_IN, *registry.permissions}
        found = {
            path: handler.opt.get("permission")
            for path, handler in declared.handlers(build_app())
            if handler.opt.get("plugin") == self.plugin
        }
        assert {path: permission for path, permission in found.items() if permission not in known} == {}

    def test_off_and_on_again_leaves_the_same_rows(
        self, admin: Browser, make_client: Any, put: Any, seals: Any, switch_plugin: Switch, open_browser: Any
    ) -> None:
        """To the bit; and pages of the kernel do without the plugin."""
        client = make_client()
        put(client, FEW)
        before = seals()

        switch_plugin(self.plugin, False)
        assert seals() == before
        assert open_browser().get("/sign-in").status_code == 200
        switch_plugin(self.plugin, True)
        assert seals() == before
        assert admin.get(f"/clients/{client.id}").status_code == 200

    @pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
    def test_its_rows_survive_the_deletion_of_their_client(
        self, on: bool, database: Database, build_app: Any, make_client: Any, put: Any, seals: Any,
        switch_plugin: Switch,
    ) -> None:  # fmt: skip
        """They go, are detached or forbid it, as their links declare; undone, all is as it was."""
        client = make_client()
        put(client, FEW)
        before, pointing = seals(), _pointing(database, self.plugin, client.id)
        switch_plugin(self.plugin, on)

        if any(rule not in ("CASCADE", "SET NULL") for rule, _policy, _ids in pointing.values()):
            with pytest.raises(ConflictError):
                _delete(database, client.id)
            assert seals() == before
            return
        gone = _delete(database, client.id)
        for column, (rule, _policy, ids) in pointing.items():
            left = _values(database, column, ids)
            assert {*left.values()} <= {None}, column
            assert not (rule == "CASCADE" and left), column
        with database.write() as session:
            trash.restore(session, client_kind, trash.get(session, gone), actor=SYSTEM)
        assert seals() == before

    @pytest.mark.parametrize("on", [True, False], ids=["on", "off"])
    def test_its_rows_survive_the_merge_of_their_client(
        self, on: bool, database: Database, build_app: Any, make_client: Any, put: Any, seals: Any,
        switch_plugin: Switch,
    ) -> None:  # fmt: skip
        """They follow, are detached or forbid it, as their links declare; undone, all is as it was."""
        keep, other = make_client(), make_client("Padaria Luz Ltda")
        put(keep)
        put(other, FEW)
        before, pointing = seals(), _pointing(database, self.plugin, other.id)
        switch_plugin(self.plugin, on)

        if any(policy == "forbid" for _rule, policy, _ids in pointing.values()):
            with pytest.raises(ConflictError):
                _merge(database, keep.id, other.id)
            assert seals() == before
            return
        done = _merge(database, keep.id, other.id)
        for column, (_rule, policy, ids) in pointing.items():
            left = _values(database, column, ids)
            assert {*left.values()} <= {None if policy == "detach" else keep.id}, column
            assert left.keys() == ids or done.dropped, f"{column}: rows were lost"
        with database.write() as session:
            undo = session.get(MergeUndo, done.undo_id)
            unmerging.undo(session, client_kind, undo, actor=SYSTEM)
        assert seals() == before

    def test_its_pages_obey_the_budget_of_queries(
        self, admin: Browser, registry: Registry, make_client: Any, put: Any,
        count_queries: Callable[[], AbstractContextManager[list[str]]],
    ) -> None:  # fmt: skip
        """Home, the client's card, its lists and cards; as many for 25 rows as for 5."""
        client = make_client()
        last = put(client, FEW)
        pages = ["/", f"/clients/{client.id}"]
        for name, record_id in last.items():
            pages += [registry.kinds[name].url, f"{registry.kinds[name].url}/{record_id}"]

        def counts() -> dict[str, list[str]]:
            found = {}
            for page in pages:
                assert admin.get(page).status_code == 200, page
                with count_queries() as sent:
                    admin.get(page)
                found[page] = sent
            return found

        few = counts()
        put(client, MANY - FEW)
        many = counts()
        for page in pages:
            queries = "\n\n".join(many[page])
            assert len(many[page]) <= len(few[page]), f"{page} asks for each row:\n\n{queries}"
            assert len(many[page]) <= self.query_budget, f"{page} exceeds query_budget:\n\n{queries}"

    def test_its_texts_can_be_translated(self, registry: Registry, package: Path) -> None:
        """Labels are lazy; where it has catalogues, they are complete."""
        assert declared.plain_labels(registry, self.plugin) == []
        if (package / "locale").is_dir():
            assert [*messages.faults(package, alike=self.alike)] == []

    def _fill(self, database: Database, plugins_on: list[str]) -> None:
        registry = load_registry(Settings(), database, plugins_on)
        with database.write() as session:
            client = make_client(session)
            Samples(registry, self.plugin, self.sample).put(session, client.id, FEW)


def _schema(database: Database) -> dict[str, Any]:
    """All tables as builtins; the version tables of Alembic are its own."""
    with database.engine.connect() as connection:
        names = reading.table_names(connection)
        return {
            n: {part: _unordered(part, said) for part, said in schema.describe(connection, n).items()}
            for n in names
            if not n.startswith("alembic_version_")
        }


def _unordered(part: str, said: Any) -> Any:
    """Keys and indexes come in another order when SQLite builds a table anew; columns do not."""
    return sorted(said, key=repr) if isinstance(said, list) and part != "columns" else said


Pointing = Mapping[sa.Column[Any], tuple[str, str, set[int]]]


def _pointing(database: Database, plugin: str, client_id: int) -> Pointing:
    """Which rows point to a client, by column, with what its deletion and its merge do to them."""
    found = {}
    with database.read() as session:
        for key in memory.outgoing(plugin, Base.metadata):
            if key.target_fullname == f"{Client.__tablename__}.id":
                table: Any = key.parent.table
                ids = {*session.scalars(sa.select(table.c.id).where(key.parent == client_id))}
                if ids:
                    rule = (key.ondelete or "NO ACTION").upper()
                    found[key.parent] = (rule, str(key.info.get("on_merge", "follow")), ids)
    return found


def _values(database: Database, column: sa.Column[Any], ids: set[int]) -> dict[int, int | None]:
    """What stands in a column, of those of the rows that are left."""
    table: Any = column.table
    with database.read() as session:
        rows = session.execute(sa.select(table.c.id, column).where(table.c.id.in_(ids)))
        return {row[0]: row[1] for row in rows}


def _delete(database: Database, client_id: int) -> int:
    with database.write() as session:
        record = service.get(session, client_kind, client_id, actor=SYSTEM, lock=True)
        return trash.delete(session, client_kind, record, actor=SYSTEM).id


def _merge(database: Database, keep: int, other: int) -> merging.Outcome:
    with database.write() as session:
        return merging.merge(session, client_kind, keep, [other], actor=SYSTEM)
