"""What Vinculo asks of every plugin."""

import pytest

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "segments"
    query_budget = 20  # of two plugins

    @pytest.fixture
    def plugins_on(self):
        """A goal names a figure, so somebody must know one."""
        return ["interactions", "segments"]

    def sample(self, kind, number, client_id):
        if kind.name == "segment":
            return {"name": f"Group {number}", "way": "manual", "shared": True}
        sent = super().sample(kind, number, client_id)
        if kind.name == "goal":
            sent |= {"segment_id": None, "base_on": "2026-01-01", "due_on": "2099-01-01", "target": "5"}
        return sent
