"""The contract finds what is wrong with a plugin, each fault by the test that is for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vinculo.testing import packages

EXAMPLE = Path(__file__).parents[1] / "plugins" / "examples" / "loyalty"
FAILED = re.compile(r"^FAILED \S+::(test_\w+)", re.MULTILINE)


@pytest.fixture
def spoil(tmp_path):
    """Change the example plugin, install it, run its contract: the names of the tests that failed."""

    def spoil(*changes):
        source = tmp_path / "source"
        shutil.copytree(EXAMPLE, source)
        for path, before, after in changes:
            file = source / path
            text = file.read_text() if file.exists() else ""
            assert before in text
            file.write_text(text.replace(before, after, 1) if before else text + after)
        packages.install(source, tmp_path / "site")
        command = [sys.executable, "-m", "pytest", "-q", "--databases=sqlite", "tests/test_contract.py"]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
        done = subprocess.run(
            command, cwd=source, env=environment, capture_output=True, text=True, check=False
        )
        return set(FAILED.findall(done.stdout)), done.stdout

    return spoil


ROWS = """
    for _card in ctx.session.scalars(sa.select(LoyaltyCard.id)):
        ctx.session.scalar(sa.select(LoyaltyCard.points).where(LoyaltyCard.id == _card))
"""
FOREIGN = """
    op.create_table("clients_extra", sa.Column("id", BigId, primary_key=True))
"""
DEAD_ENTRY = """

@hookimpl
def menu_items():
    from vinculo.plugins.contributions import MenuItem

    return [MenuItem(_l("Nowhere"), "/nowhere", "box", records.loyalty_card.permission("read"))]
"""


@pytest.mark.slow
def test_each_fault_is_found_by_its_test(spoil):
    package = "vinculo_loyalty"
    failed, said = spoil(
        (f"{package}/records.py", '_l("Number")', '"Number"'),
        (f"{package}/records.py", "", "\n\ndef talk() -> None:\n    import vinculo_interactions  # noqa\n"),
        (f"{package}/models.py", ', info={"on_merge": "follow"}', ""),
        (f"{package}/models.py", "sa.String(40)", "sa.String(80)"),
        (f"{package}/pages.py", "    may_add =", f"{ROWS}    may_add ="),
        (f"{package}/plugin.py", "", DEAD_ENTRY),
        (f"{package}/migrations/0001_initial.py", "\n\ndef downgrade", f"{FOREIGN}\n\ndef downgrade"),
        (f"{package}/migrations/0001_initial.py", 'ondelete="CASCADE"', 'ondelete="SET NULL"'),
    )

    assert failed == {
        "test_it_imports_other_plugins_only_if_its_manifest_says_so",
        "test_its_tables_come_go_and_come_again",
        "test_its_models_and_tables_agree",
        "test_its_links_declare_their_policies",
        "test_its_menu_leads_to_pages",
        "test_its_rows_survive_the_deletion_of_their_client",
        "test_its_pages_obey_the_budget_of_queries",
        "test_its_texts_can_be_translated",
    }, said
    assert "clients_extra" in said
    assert "loyalty_card.number" in said
    assert "vinculo_interactions" in said


@pytest.mark.slow
def test_a_plugin_that_does_not_load_is_told(spoil):
    failed, said = spoil(("vinculo_loyalty/plugin.py", "def panels", "def pannels"))

    assert "test_it_loads_alone_with_what_it_requires" in failed
    assert "pannels" in said
