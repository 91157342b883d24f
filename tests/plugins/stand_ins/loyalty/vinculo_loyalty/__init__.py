"""Loyalty cards, as far as the example plugin vouchers needs them."""

from vinculo.plugins.manifest import Manifest

manifest = Manifest(name="loyalty", title="Loyalty", summary="Cards with points.", version="1.0")
