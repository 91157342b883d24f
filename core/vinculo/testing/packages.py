"""Plugins as their users get them: built into a wheel, installed with pip, and removed again."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

from vinculo.plugins import discovery

OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check")


def install(source: Path, site: Path) -> None:
    """Build a project's wheel and install it into a folder, without a network. Needs hatchling and pip."""
    command = [sys.executable, "-m", "pip", "install", *OFFLINE, "--target", str(site), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 # nosec B603 # pip
    if done.returncode:
        raise RuntimeError(f"{source} cannot be installed: {done.stderr}")


class Package:
    """A plugin that comes and goes within the process, in several versions: a folder for each."""

    def __init__(self, name: str, sites: dict[str, Path]) -> None:
        self.name, self._sites = name, sites

    def install(self, version: str) -> None:
        """What pip install does, and the new start of the server that follows it."""
        self.remove()
        sys.path.insert(0, str(self._sites[version]))
        importlib.invalidate_caches()

    def remove(self) -> None:
        """What pip uninstall does, likewise."""
        plugin = discovery.installed().get(self.name)
        if plugin is not None:
            discovery.unload(plugin)
        for site in map(str, self._sites.values()):
            if site in sys.path:
                sys.path.remove(site)
        importlib.invalidate_caches()
