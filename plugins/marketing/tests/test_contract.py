"""What Vinculo asks of every plugin."""

from vinculo.testing import samples
from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "marketing"
    alike = ("CAC", "Linear", "Marketing", "ROI")

    def sample(self, kind, number, client_id):
        found = samples.payload(kind, number, client_id)
        particular = {"touch": {"source": f"Fair {number}"}, "web_form": {"slug": f"form-{number}"},
                      "consent": {"email": f"ana{number}@luz.example"}}  # fmt: skip
        return found | particular.get(kind.name, {})
