"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "mailings"
    alike = ("E-mail", "Marketing")
    query_budget = 18

    def sample(self, kind, number, client_id):
        sent = super().sample(kind, number, client_id)
        return sent | ({"address": f"ana{number}@luz.example"} if "address" in sent else {})
