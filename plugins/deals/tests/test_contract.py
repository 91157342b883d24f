"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "deals"
    query_budget = 18

    def sample(self, kind, number, client_id):
        """A pipeline has stages of each state."""
        made = super().sample(kind, number, client_id)
        if kind.name == "pipeline":
            states = {"New": "open", "Done": "won", "Given up": "lost"}
            made["stages"] = [{"name": name, "state": state} for name, state in states.items()]
        if kind.name == "deal":
            made |= {"demand": [], "people": [], "team": [], "started_on": "2026-03-01"}
        return made
