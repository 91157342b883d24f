"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "deals"
    query_budget = 23  # one of them counts what waits, for the menu

    def sample(self, kind, number, client_id):
        """A pipeline has stages of each state; steps are for one in which deals are open."""
        made = super().sample(kind, number, client_id)
        if kind.name == "pipeline":
            states = {"New": "open", "Done": "won", "Given up": "lost"}
            made["stages"] = [{"name": name, "state": state} for name, state in states.items()]
        if kind.name == "deal":
            made |= {"demand": [], "people": [], "team": [], "started_on": "2026-03-01"}
        if kind.name in ("deal_step", "deal_rule"):
            made["stage_id"] = 1  # of the first pipeline, in which deals are open
        return made
