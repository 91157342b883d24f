"""Vouchers: what a client may buy for less, redeemed against its loyalty card."""

from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="vouchers",
    title="Vouchers",
    summary="Vouchers for clients, redeemed against their loyalty cards.",
    version="1.0",
    requires=("loyalty",),
    icon="receipt",
)
