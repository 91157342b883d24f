"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "tasks"
    query_budget = 16
    alike = ("E-mail",)

    def sample(self, kind, number, client_id):
        """A plan has a step; a type a name of its own."""
        made = super().sample(kind, number, client_id)
        if kind.name == "task_plan":
            made["steps"] = [{"subject": "Call", "days": 1, "whose": "applier"}]
        if kind.name == "task_type":
            made |= {"icon": "phone", "chaining": "none"}
        if kind.name == "task":
            made |= {"repeat": "never", "rule": "", "state": "open", "due_on": "2026-11-30"}
        return made
