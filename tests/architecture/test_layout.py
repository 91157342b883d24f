"""What is written down in several places is the same in all of them."""

import importlib
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/vinculo_*") if path.is_dir())
PACKAGES = [f"vinculo_{name}" for name in PLUGINS]
TOOLS = PYPROJECT["tool"]
EXAMPLES = ROOT / "tests" / "plugins" / "examples"  # plugins outside the tree, which nothing here imports


def contract(name):
    (found,) = [c for c in TOOLS["importlinter"]["contracts"] if c["name"].startswith(name)]
    return found


def test_every_folder_of_plugins_is_a_plugin():
    folders = sorted(path.name for path in (ROOT / "plugins").iterdir() if path.is_dir())

    assert folders == PLUGINS


def test_the_wheel_is_made_of_every_package():
    assert TOOLS["hatch"]["build"]["targets"]["wheel"]["packages"] == [
        "core/vinculo",
        *(f"plugins/{name}/vinculo_{name}" for name in PLUGINS),
    ]


def test_every_plugin_has_its_entry_point():
    written = PYPROJECT["project"]["entry-points"]["vinculo.plugins"]

    assert written == {name: f"vinculo_{name}.plugin" for name in PLUGINS}
    installed = {point.name: point.value for point in entry_points(group="vinculo.plugins")}
    assert written.items() <= installed.items(), 'pyproject.toml has changed: type "pip install -e ."'


@pytest.mark.parametrize(
    "listed",
    [
        pytest.param(TOOLS["importlinter"]["root_packages"][1:], id="import-linter"),
        pytest.param(contract("The kernel never")["forbidden_modules"], id="kernel contract"),
        pytest.param(contract("A plugin's layers")["containers"], id="layers contract"),
        pytest.param(contract("Plugins use")["source_modules"], id="toolkit contract"),
        pytest.param(contract("No cycles")["ancestors"][1:], id="cycles contract"),
        pytest.param(TOOLS["deptry"]["known_first_party"][1:], id="deptry"),
        pytest.param([f"vinculo_{Path(path).name}" for path in TOOLS["mypy"]["mypy_path"][1:]], id="mypy"),
    ],
)
def test_every_check_knows_every_plugin(listed):
    assert listed == PACKAGES


@pytest.mark.parametrize("name", PLUGINS)
def test_a_manifest_is_all_that_a_package_itself_holds(name):
    package = importlib.import_module(f"vinculo_{name}")

    assert package.manifest.name == name
    assert set(package.__dict__) & {"models", "records", "service"} <= {
        path.stem for path in Path(package.__file__).parent.iterdir()
    }


def test_a_plugin_imports_another_only_if_it_requires_it():
    graph = grimp.build_graph("vinculo", *PACKAGES, cache_dir=None, exclude_type_checking_imports=True)
    undeclared = []
    for name in PLUGINS:
        manifest = importlib.import_module(f"vinculo_{name}").manifest
        allowed = {"vinculo", f"vinculo_{name}", *(f"vinculo_{other}" for other in manifest.requires)}
        modules = {f"vinculo_{name}", *graph.find_descendants(f"vinculo_{name}")}
        undeclared += [
            f"{module} imports {imported}"
            for module in modules
            for imported in graph.find_modules_directly_imported_by(module)
            if imported.partition(".")[0] not in allowed
        ]

    assert undeclared == []


@pytest.mark.parametrize("name", PLUGINS)
def test_every_plugin_keeps_the_contract(name):
    text = (ROOT / "plugins" / name / "tests" / "test_contract.py").read_text(encoding="utf-8")

    assert "(PluginContract)" in text
    assert f'plugin = "{name}"' in text


def test_folders_of_tests_are_no_packages():
    """An editable install makes plugins/* importable: two packages called tests would be one."""
    folders = [ROOT / "tests", *ROOT.glob("plugins/*/tests")]

    found = [path for folder in folders for path in folder.rglob("__init__.py")]
    plugins = (EXAMPLES, EXAMPLES.with_name("stand_ins"))
    assert [path for path in found if not any(map(path.is_relative_to, plugins))] == []
