"""What Vinculo asks of every plugin."""

from vinculo.testing import samples
from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "warehouse"
    query_budget = 20

    def sample(self, kind, number, client_id):
        found = samples.payload(kind, number, client_id)
        if kind.name == "stock_document":
            found["lines"][0]["quantity"] = "2"
            found["state"] = "posted" if number % 2 else "planned"
        return found
