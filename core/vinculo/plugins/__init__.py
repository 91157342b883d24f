"""The plugin API: manifest, hookspecs, contributions, registry, states."""
