"""What Vinculo asks of every plugin."""

from vinculo.testing import samples
from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "payments"
    query_budget = 20

    def sample(self, kind, number, client_id):
        found = samples.payload(kind, number, client_id)
        match kind.name:
            case "invoice":
                return found | {"state": "issued"}
            case "credit_note":
                return found | {"amount": "1.00"}
        return found
