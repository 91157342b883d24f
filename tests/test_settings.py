"""Settings come from a file and the environment; what is wrong is said in one line that shows the remedy."""

import os
import tomllib
from pathlib import Path

import pytest
from pydantic import Field, SecretStr, ValidationError

from vinculo import settings
from vinculo.errors import ConfigError

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    """No file, no variable: what a machine looks like on which nobody configured anything."""
    for name in [name for name in os.environ if name.upper().startswith("VINCULO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def write():
    def write(text, name="vinculo.toml"):
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def fault(*, path=None):
    with pytest.raises(ConfigError) as caught:
        settings.load(path)
    assert "\n" not in caught.value.message
    return caught.value.message


def test_without_a_file_the_defaults_hold():
    found = settings.load()

    assert found.path is None
    assert (found.server.host, found.server.port) == ("127.0.0.1", 8000)
    assert found.database.file == Path("var/vinculo.db")
    assert {source for _key, _value, source in settings.sources(found)} == {"default"}


def test_the_file_overrides_the_defaults_and_the_environment_the_file(write, monkeypatch):
    write('[server]\nport = 9000\nworkers = 3\n[company]\nlanguage = "pt-BR"\n')
    monkeypatch.setenv("VINCULO_SERVER__PORT", "9001")
    monkeypatch.setenv("VINCULO_PLUGINS__ON", "interactions, deals")

    found = settings.load()

    assert (found.server.port, found.server.workers) == (9001, 3)
    assert found.company.language == "pt_BR"
    assert found.plugins.on == ("interactions", "deals")
    sources = {key: (value, source) for key, value, source in settings.sources(found)}
    assert sources["server.port"] == ("9001", "env:VINCULO_SERVER__PORT")
    assert sources["server.workers"] == ("3", "file:vinculo.toml")
    assert sources["server.host"] == ("127.0.0.1", "default")


def test_the_file_is_the_one_named_else_that_of_the_variable_else_the_usual_one(write, monkeypatch):
    write("[server]\nport = 8001\n", "config/vinculo.toml")
    write("[server]\nport = 8002\n", "vinculo.toml")
    assert settings.load().server.port == 8001

    monkeypatch.setenv("VINCULO_CONFIG", str(write("[server]\nport = 8003\n", "of_variable.toml")))
    assert settings.load().server.port == 8003

    assert settings.load(write("[server]\nport = 8004\n", "named.toml")).server.port == 8004


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '[server]\nport = "abc"',
            "vinculo.toml: server.port = 'abc' is not a whole number: write e.g. port = 8000",
        ),
        ("[server]\nport = 70000", "vinculo.toml: server.port = 70000 is more than 65535"),
        ("[server]\nworkers = 0", "vinculo.toml: server.workers = 0 is less than 1"),
        ('[server]\nsecure_cookies = "maybe"', "secure_cookies = 'maybe' is neither true nor false"),
        ("[server]\nprot = 1", "vinculo.toml: server.prot is an unknown key (did you mean port?)"),
        ("[sever]\nport = 1", "vinculo.toml: [sever] belongs to no installed plugin (did you mean server?)"),
        ("port = 1", "vinculo.toml: port is an unknown key: it belongs in the table [server]"),
        ("nonsense = 1", "vinculo.toml: nonsense is an unknown key: remove it"),
        ("server = 1", "vinculo.toml: server is a table: write [server]"),
        ("[server]\nport = = 1", "vinculo.toml is not valid TOML: Invalid value (at line 2"),
        ('[company]\ntime_zone = "Sao_Paulo"', "'Sao_Paulo' is not a time zone (did you mean America/Sao"),
        ('[company]\ncountry = "UK"', "'UK' is not the two-letter code of a country: write e.g. country"),
        ('[company]\ncurrency = "EURO"', "'EURO' is not the three-letter code of a currency"),
        ('[company]\nlanguage = "de"', "'de' is not one of the languages en, pt_BR, ru"),
        ("[plugins]\non = 1", 'plugins.on = 1 is not a list: write e.g. on = ["interactions"]'),
        ('[plugins]\non = ["a"]\noff = ["a"]', "vinculo.toml: plugins: a stands in both on and off: remove"),
        ('[database]\nurl = "mysql://x/y"', "vinculo.toml: database.url is not the address of a SQLite file"),
    ],
)
def test_a_fault_in_the_file_is_one_line_with_the_remedy(write, text, message):
    assert message in fault(path=write(text))


@pytest.mark.parametrize(
    ("variable", "value", "message"),
    [
        (
            "VINCULO_SERVER__PORT",
            "abc",
            "VINCULO_SERVER__PORT = 'abc' is not a whole number: write e.g. 8000",
        ),
        ("VINCULO_SERVER__PROT", "1", "VINCULO_SERVER__PROT is an unknown key (did you mean port?)"),
        (
            "VINCULO_SEVER__PORT",
            "1",
            "VINCULO_SEVER__PORT belongs to no installed plugin (did you mean server",
        ),
        ("VINCULO_SERVER_PORT", "1", "VINCULO_SERVER_PORT is unknown: write VINCULO_SERVER__PORT"),
        ("VINCULO_PLUGINS__ON", "[", "VINCULO_PLUGINS__ON = '[' is not a list: write e.g. interactions"),
        ("VINCULO_SERVER", "{", "VINCULO_SERVER__PORT=8000"),
        ("VINCULO_CONFIG", "gone.toml", "VINCULO_CONFIG names gone.toml, which is not a file"),
    ],
)
def test_a_fault_in_the_environment_names_the_variable(monkeypatch, variable, value, message):
    monkeypatch.setenv(variable, value)

    assert message in fault()


def test_a_file_that_is_not_there_or_not_text_is_said_so(write):
    assert "--config names gone.toml, which is not a file" in fault(path=Path("gone.toml"))
    Path("latin.toml").write_bytes('[company]\nname = "São"'.encode("latin-1"))
    assert "latin.toml is not in UTF-8" in fault(path=Path("latin.toml"))


def test_secrets_are_never_shown(write):
    found = settings.load(
        write(
            '[database]\nurl = "postgresql://joe:hush@db/crm"\n'
            '[interactions]\napi_key = "hush"\nlink = "https://me:hush@host/"\n'
        )
    )

    listed = str(settings.sources(found))

    assert "hush" not in listed + repr(found) + str(found)
    assert "postgresql://joe:***@db/crm" in listed
    assert "hush" not in fault(path=write('[database]\nurl = "postgres//joe:hush@db/crm"'))


def test_settings_cannot_be_changed_once_they_are_read():
    found = settings.load()

    with pytest.raises(ValidationError):
        found.server = settings.ServerSettings(port=1)
    with pytest.raises(ValidationError):
        found.server.port = 1


class Interactions(settings.Section):
    """What a plugin might want to have set."""

    remind_after_days: int = Field(default=7, ge=1)
    token: SecretStr = SecretStr("")


def test_the_table_of_a_plugin_waits_for_the_plugins_own_model(write, monkeypatch):
    monkeypatch.setenv("VINCULO_INTERACTIONS__TOKEN", "hush")
    found = settings.load(write("[interactions]\nremind_after_days = 3\n"))
    assert found.plugin_tables == {"interactions": {"remind_after_days": 3, "token": "hush"}}

    own = settings.plugin_settings(found, "interactions", Interactions)

    assert own.remind_after_days == 3
    assert own.token.get_secret_value() == "hush"


def test_a_plugin_without_a_table_has_its_defaults():
    assert settings.plugin_settings(settings.load(), "interactions", Interactions).remind_after_days == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("remind_after_days = 0", "vinculo.toml: interactions.remind_after_days = 0 is less than 1"),
        ("remind_after = 1", "interactions.remind_after is an unknown key (did you mean remind_after_days?)"),
        ("token = 12345", "vinculo.toml: interactions.token is not a text in quotes"),
    ],
)
def test_a_fault_in_the_table_of_a_plugin_is_worded_alike(write, text, message):
    found = settings.load(write(f"[interactions]\n{text}\n"))

    with pytest.raises(ConfigError) as caught:
        settings.plugin_settings(found, "interactions", Interactions)

    assert message in caught.value.message
    assert "12345" not in caught.value.message


def test_a_variable_that_contradicts_the_file_is_named(write, monkeypatch):
    monkeypatch.setenv("VINCULO_INTERACTIONS__LIMIT__DAYS", "3")

    assert "VINCULO_INTERACTIONS__LIMIT__DAYS: limit is no table" in fault(
        path=write("[interactions]\nlimit = 1\n")
    )


@pytest.mark.parametrize("profile", sorted((ROOT / "config").glob("*.toml")), ids=lambda path: path.stem)
def test_the_profiles_that_are_shipped_are_valid(profile):
    assert settings.load(profile).path == profile


def test_the_default_file_says_what_holds_without_it():
    document = tomllib.loads((ROOT / "config/vinculo.toml").read_text(encoding="utf-8"))

    defaults = settings.Settings().model_dump(mode="json", exclude={"plugin_tables"})

    assert document == defaults
