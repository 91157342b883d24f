"""Two administrators at once, and a power cut in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
import sqlalchemy as sa

from vinculo.db.migrations import status, upgrade

PROGRAM = """
import sys
from vinculo.db.engine import Database
from vinculo.db.migrations import History, upgrade

url, *packages = sys.argv[1:]
histories = [History(p.split("_")[1], p, (), ()) for p in packages]
print(len(upgrade(Database(url), histories)))
"""


@pytest.fixture
def start_upgrade(packages):
    """Run an upgrade in a process of its own."""
    started = []

    def start(database, *plugins):
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROGRAM,
                database.url.set(drivername=database.url.get_backend_name()).render_as_string(False),
                *(plugin.history.package for plugin in plugins),
            ],
            env={**os.environ, "PYTHONPATH": str(packages), "MARKER": str(packages / "marker")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_of_four_upgrades_at_once_one_migrates_and_three_find_nothing_to_do(
    empty, make_plugin, start_upgrade
):
    slow, next_one = make_plugin("slow"), make_plugin("next")
    slow.migration("op.create_table('slow_a', sa.Column('id', sa.Integer)); time.sleep(1)")
    slow.migration("op.execute('insert into slow_a values (1)')")
    next_one.migration("op.create_table('next_a', sa.Column('id', sa.Integer)); time.sleep(0.3)")

    processes = [start_upgrade(empty, slow, next_one) for _ in range(4)]
    outputs = [process.communicate(timeout=60) for process in processes]

    assert [process.returncode for process in processes] == [0] * 4, outputs
    assert sorted(int(out) for out, _err in outputs) == [0, 0, 0, 3]
    with empty.engine.connect() as connection:
        assert connection.execute(sa.text("select count(*) from slow_a")).scalar() == 1


def test_a_kill_in_the_middle_leaves_the_old_schema_and_the_next_upgrade_succeeds(
    empty, make_plugin, start_upgrade, packages
):
    shop = make_plugin("shop")
    shop.migration(
        """
        op.create_table("shop_order", sa.Column("id", sa.Integer), sa.Column("note", sa.String(9)))
        op.execute("insert into shop_order values (1, 'old')")
        """
    )
    upgrade(empty, [shop.history])
    shop.migration(
        """
        op.create_table("shop_line", sa.Column("id", sa.Integer))
        op.execute("update shop_order set note = 'new'")
        with op.batch_alter_table("shop_order") as table:
            table.alter_column("note", new_column_name="remark", existing_type=sa.String(9))
        if "MARKER" in os.environ:
            Path(os.environ["MARKER"]).touch()
            time.sleep(60)
        """
    )

    victim = start_upgrade(empty, shop)
    deadline = time.monotonic() + 30
    while not (packages / "marker").exists():
        assert victim.poll() is None, victim.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    victim.kill()
    victim.wait()

    with empty.read() as session:
        assert session.execute(sa.text("select id, note from shop_order")).all() == [(1, "old")]
    assert set(sa.inspect(empty.engine).get_table_names()) == {"alembic_version_shop", "shop_order"}
    assert status(empty, [shop.history])[0].pending == ("0002",)

    assert [step.revision for step in upgrade(empty, [shop.history])] == ["0002"]
    with empty.read() as session:
        assert session.execute(sa.text("select id, remark from shop_order")).all() == [(1, "new")]
