"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract

UNCHECKED = ("tax_id", "vat_id", "registration_number")  # numbers of a country, which no sample has by chance


class TestContract(PluginContract):
    plugin = "organization"

    def sample(self, kind, number, client_id):
        sent = super().sample(kind, number, client_id)
        return {name: value for name, value in sent.items() if name not in UNCHECKED}
