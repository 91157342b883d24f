"""What Vinculo asks of every plugin."""

from vinculo.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "catalog"

    def sample(self, kind, number, client_id):
        sent = super().sample(kind, number, client_id)
        return sent | OTHERWISE.get(kind.name, {}) | _sku(kind, number)


def _sku(kind, number):
    return {"sku": f"{kind.name}-{number}"} if kind.name in ("product", "variant") else {}


OTHERWISE = {  # what cannot be by chance
    "unit": {"base_id": None},
    "product_group": {"parent_id": None},
    "product": {"packs": [], "barcodes": [], "active_from": None, "active_to": None},
    "price_list": {"valid_from": None, "valid_to": None},
    "price_rule": {
        "variant_id": None, "group_id": None, "other_list_id": None, "valid_from": None, "valid_to": None,
        "formula": "fixed", "amount": "5.00",
    },
    "variant": {"barcode": "", "surcharge": None, "traits": []},
}  # fmt: skip
