"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "interactions"
    query_budget = 14
    alike = ("E-mail", "SMS")
