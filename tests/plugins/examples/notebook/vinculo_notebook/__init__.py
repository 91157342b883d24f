"""Notebook: lines that one jots down, about a client or not."""

from vinculo.plugins.manifest import Manifest

manifest = Manifest(
    name="notebook",
    title="Notebook",
    summary="Lines that one jots down; old ones are thrown away.",
    version="1.0",
    optional=("loyalty",),
    icon="notes",
)
