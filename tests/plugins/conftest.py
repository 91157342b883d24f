"""Plugins of strangers, installed for the length of a test."""

from __future__ import annotations

import importlib
import shutil
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import pytest

from vinculo.plugins import discovery
from vinculo.testing import packages

EXAMPLES = Path(__file__).parent / "examples"
MANIFEST = (
    'manifest = Manifest(name="{name}", title="T", summary="S", version="{version}",'
    " requires={requires!r}, optional={optional!r})"
)
HOOKS = "from vinculo.plugins.hookspecs import hookimpl\n"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with an entry point on the path, as pip would; once more to mend it.

    ``files`` are further files of the package, by path. ``install.remove(name)`` is what pip uninstall does.
    """
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    made = set()

    def install(name, hooks="", *, requires=(), optional=(), manifest=None, version="1.0", files=None):
        package = f"acme_{name}"
        made.add(package)
        values = {"name": name, "version": version, "requires": tuple(requires), "optional": tuple(optional)}
        text = manifest or MANIFEST.format(**values)
        written = {
            "__init__.py": f"from vinculo.plugins.manifest import Manifest\n{dedent(text)}\n",
            "plugin.py": HOOKS + dedent(hooks),
            **{path: dedent(content) for path, content in (files or {}).items()},
        }
        info = site / f"{package}-1.0.dist-info"
        shutil.rmtree(site / package, ignore_errors=True)
        for path, content in written.items():
            (site / package / path).parent.mkdir(parents=True, exist_ok=True)
            (site / package / path).write_text(content)
        info.mkdir(exist_ok=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[vinculo.plugins]\n{name} = {package}.plugin\n")
        importlib.invalidate_caches()

    def remove(name):
        (site / f"acme_{name}-1.0.dist-info" / "entry_points.txt").unlink()
        importlib.invalidate_caches()

    install.remove = remove
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # what is mended within a second would stay stale
    yield install
    for name, plugin in discovery.installed().items():
        if f"acme_{name}" in made:
            discovery.unload(plugin)
            discovery.import_seconds.pop(name, None)


@pytest.fixture(scope="session")
def loyalty_sites(tmp_path_factory):
    """The example plugin, installed from the wheels of its two versions: a folder for each."""
    home = tmp_path_factory.mktemp("loyalty")
    for version in ("0.1.0", "0.2.0"):
        shutil.copytree(EXAMPLES / "loyalty", home / "source" / version)
    package = "vinculo_loyalty"
    shutil.copytree(
        EXAMPLES / "loyalty-next" / package, home / "source" / "0.2.0" / package, dirs_exist_ok=True
    )
    for version in ("0.1.0", "0.2.0"):
        packages.install(home / "source" / version, home / version)
    return {version: home / version for version in ("0.1.0", "0.2.0")}


@pytest.fixture
def loyalty(loyalty_sites, template_url):
    """The example plugin, version 0.1.0, installed for the length of a test; ``packages.Package``.

    The template of databases is made before, so that it has no tables of it.
    """
    package = packages.Package("loyalty", loyalty_sites)
    package.install("0.1.0")
    yield package
    package.remove()


FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/pyproject.toml"))


@pytest.fixture(scope="module")
def examples(tmp_path_factory, template_url):
    """The folder with the plugins of ``examples``, copied there; a test may change them.

    ``template_url`` is made before: databases do not have their tables until they are switched on.
    """
    site = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "dont_write_bytecode", True)
        patch.syspath_prepend(str(site))
        names = [_copy(folder, site) for folder in FOLDERS]
        importlib.invalidate_caches()
        yield site
        for name in names:
            discovery.unload(discovery.installed()[name])


def _copy(folder, site):
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    ((name, module),) = project["entry-points"]["vinculo.plugins"].items()
    package = module.partition(".")[0]
    shutil.copytree(folder / package, site / package, ignore=shutil.ignore_patterns("__pycache__"))
    info = site / f"{package}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[vinculo.plugins]\n{name} = {module}\n")
    return name
