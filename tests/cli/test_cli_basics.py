"""The ``vinculo`` command: quick to answer, errors in one line, exit codes that a script can trust."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner

from vinculo.cli import COMMANDS, main, serve
from vinculo.cli.lazy import translated
from vinculo.cli.runtime import Runtime
from vinculo.errors import ConflictError
from vinculo.i18n import current_language

HEAVY = ("sqlalchemy", "alembic", "pydantic", "litestar", "babel", "uvicorn", "msgspec", "dbos")


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    for name in [name for name in os.environ if name.upper().startswith(("VINCULO_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run():
    """Type a command in this process."""
    return lambda *words: CliRunner().invoke(main, words, prog_name="vinculo")


def shell(*words, **options):
    """Type a command in a process of its own."""
    command = [sys.executable, "-m", "vinculo", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)


@pytest.fixture
def add_command(monkeypatch):
    """Put a command into the table for the length of a test."""

    def add(function):
        module = SimpleNamespace(command=click.command()(function))
        monkeypatch.setitem(sys.modules, "vinculo.cli.of_a_test", module)
        monkeypatch.setitem(main.table, "act", ("vinculo.cli.of_a_test:command", "Act."))

    return add


def leaves(command, name):
    if isinstance(command, click.Group):
        for inner, sub in command.commands.items():
            yield from leaves(sub, f"{name} {inner}")
    else:
        yield name, command


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from vinculo.cli import main; main(['--help'], standalone_mode=False);"
        f" sys.exit(', '.join(name for name in {HEAVY} if name in sys.modules) or 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_table_says_of_a_command_what_the_command_says_of_itself(name):
    command = main.get_command(click.Context(main), name)

    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(limit=200) == COMMANDS[name][1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name):
    command = main.get_command(click.Context(main), name)

    without = [path for path, leaf in leaves(command, name) if "vinculo " not in (leaf.help or "")]

    assert without == []


def test_version_and_help_succeed():
    assert shell("--version").stdout.startswith("vinculo 0.")
    assert shell("serve", "--help").returncode == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sreve"], "No such command 'sreve'. Did you mean 'serve'?"),
        (["nonsense"], "No such command 'nonsense'."),
        (["serve", "--wrkers", "1"], "No such option '--wrkers'. Did you mean '--workers'?"),
        (["--config", "gone.toml", "config", "show"], "Error: --config names gone.toml, which is not a file"),
    ],
)
def test_wrong_use_exits_with_2(words, message):
    done = shell(*words)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_mistyped_command_leaves_no_database_behind(run, empty_folder):
    assert run("sreve").exit_code == 2
    assert list(empty_folder.iterdir()) == []


def test_config_show_says_what_holds_and_why(run, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", "postgresql://joe:hush@db/crm")

    as_text, as_json = run("config", "show"), run("config", "show", "--json")

    assert "env:VINCULO_DATABASE__URL" in as_text.stdout
    assert "hush" not in as_text.stdout + as_json.stdout
    found = {line["key"]: line for line in json.loads(as_json.stdout)}
    assert found["database.url"]["value"] == "postgresql://joe:***@db/crm"
    assert found["server.port"] == {"key": "server.port", "value": "8000", "source": "default"}


def test_a_wrong_setting_is_one_line_and_exit_2(run, monkeypatch):
    monkeypatch.setenv("VINCULO_SERVER__PORT", "abc")

    done = run("config", "show")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: VINCULO_SERVER__PORT = 'abc' is not a whole number")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "url", ["postgresql://joe:hush@127.0.0.1:9/crm", "sqlite:////proc/nobody/crm.db", "sqlite:///taken"]
)
def test_an_unreachable_database_is_one_line_that_names_the_key(run, monkeypatch, empty_folder, url):
    (empty_folder / "taken").write_text("This is not a database, and long enough to tell. " * 20)
    monkeypatch.setenv("VINCULO_DATABASE__URL", url)

    done = run("db", "status")

    assert done.exit_code == 2
    assert done.stderr.startswith("Error: VINCULO_DATABASE__URL: ")
    assert "database.url" in done.stderr
    assert done.stderr.count("\n") == 1
    assert "hush" not in done.stderr


def test_what_cannot_be_done_is_one_line_and_exit_1(run, add_command):
    def refuse():
        raise ConflictError("Acme has a deal. Close it first.")

    add_command(refuse)

    done = run("act")

    assert (done.exit_code, done.stderr) == (1, "Error: Acme has a deal. Close it first.\n")
    assert "Traceback" in run("--verbose", "act").stderr


def test_a_bug_is_one_line_that_says_how_to_see_more(run, add_command):
    def stumble():
        raise KeyError("x")

    add_command(stumble)

    done = run("act")

    assert done.exit_code == 1
    assert done.stderr.startswith("Error: Unexpected KeyError: 'x'. Type vinculo --verbose")
    assert done.stderr.count("\n") == 1
    assert "in stumble" in run("-v", "act").stderr


def test_ctrl_c_exits_with_130_and_says_nothing(run, add_command):
    def interrupted():
        raise KeyboardInterrupt

    add_command(interrupted)

    done = run("act")

    assert (done.exit_code, done.output) == (130, "")


def test_a_reader_that_goes_away_is_no_error():
    script = f"{sys.executable} -m vinculo config show | head -n 1"

    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, timeout=60, check=False)

    assert done.stderr == ""
    assert done.stdout.startswith("Setting")


def test_messages_are_in_the_language_asked_for_else_in_that_of_the_environment(
    run, add_command, monkeypatch
):
    def tell():
        click.echo(current_language())

    add_command(tell)
    assert run("act").output == "en\n"
    assert run("--lang", "ru", "act").output == "ru\n"

    monkeypatch.setenv("LANG", "pt_BR.UTF-8")

    assert run("act").output == "pt_BR\n"
    assert run("--lang", "ru", "act").output == "ru\n"
    assert run("--lang", "ru", "--help").exit_code == 0
    assert current_language() == "en"


def test_help_is_translated_with_that_of_options_and_subcommands():
    shouted = translated(main.get_command(click.Context(main), "db"), str.upper)

    assert shouted.help.startswith("BRING THE DATABASE")
    assert shouted.commands["status"].params[0].help == "ONE JSON DOCUMENT."


def test_a_plugin_adds_commands(run, monkeypatch, empty_folder):
    @click.command()
    def recompute():
        click.echo("done")

    monkeypatch.setattr(Runtime, "registry", SimpleNamespace(commands={"recompute": recompute}))
    assert run("recompute").exit_code == 2  # no database, so no plugin is on

    (empty_folder / "var").mkdir()
    (empty_folder / "var/vinculo.db").touch()

    assert run("recompute").output == "done\n"


def test_a_new_database_is_upgraded_once_and_then_current(run):
    before = json.loads(run("db", "status", "--json").stdout)
    assert {history["state"] for history in before} == {"absent"}

    assert run("db", "upgrade").exit_code == 0
    assert run("db", "upgrade").stdout == "The database is up to date.\n"

    after = json.loads(run("db", "status", "--json").stdout)
    states = {history["name"]: history["state"] for history in after}
    assert states.pop("kernel") == "current"
    assert states
    assert set(states.values()) == {"absent"}  # plugins are off: their tables come when they are switched on
    assert run("db", "check").exit_code == 0


def test_a_history_that_does_not_exist_is_refused_with_those_that_do(run):
    run("db", "upgrade")

    done = run("db", "downgrade", "nonsense", "base", "--yes")

    assert done.exit_code == 1
    assert "There is no history “nonsense”; there are: " in done.stderr
    assert "interactions" in done.stderr


def test_a_plugin_is_switched_on_and_off_unless_it_is_pinned(run, monkeypatch):
    def state():
        found = json.loads(run("plugins", "list", "--json").stdout)
        return {plugin["name"]: plugin["state"] for plugin in found}["interactions"]

    run("db", "upgrade")
    assert run("plugins", "on", "interactions").exit_code == 0
    assert state() == "on"
    assert run("plugins", "off", "interactions").exit_code == 0
    assert state() == "off"
    assert run("plugins", "on", "nonsense").exit_code == 1

    monkeypatch.setenv("VINCULO_PLUGINS__ON", "interactions")

    assert state() == "on"
    assert "pinned" in run("plugins", "off", "interactions").stderr


def test_an_old_schema_is_refused_with_the_command_to_run(run):
    for words in (["serve"], ["plugins", "list"]):
        done = run(*words)
        assert done.exit_code == 1
        assert "Run: vinculo db upgrade" in done.stderr


def test_the_doctor_says_what_is_wrong_and_what_to_do(run, monkeypatch, empty_folder):
    def findings():
        done = run("doctor", "--json")
        return done.exit_code, {finding["check"]: finding for finding in json.loads(done.stdout)}

    (empty_folder / "occupied").touch()
    monkeypatch.setenv("VINCULO_FILES__FOLDER", "occupied")
    code, found = findings()
    assert code == 1
    assert (found["database"]["ok"], found["migrations"]["ok"], found["files"]["ok"]) == (True, False, False)
    assert found["migrations"]["remedy"] == "Run: vinculo db upgrade"

    run("db", "upgrade")
    monkeypatch.delenv("VINCULO_FILES__FOLDER")

    code, found = findings()
    problems = [check for check, finding in found.items() if not finding["ok"]]
    assert [check for check in problems if check != "languages"] == []  # compiled by the installation
    assert code == (1 if problems else 0)


def test_the_doctor_goes_on_after_a_check_that_fails(run, monkeypatch):
    monkeypatch.setenv("VINCULO_DATABASE__URL", "postgresql://127.0.0.1:9/crm")

    done = run("doctor")

    assert done.exit_code == 1
    assert "problem  database: VINCULO_DATABASE__URL: " in done.stdout
    assert "ok  files: var/files" in done.stdout


def test_a_port_in_use_is_one_line_that_says_what_to_choose():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(
            serve.VinculoError, match=f"Port {port} of 127.0.0.1 .* Choose another with --port"
        ):
            serve.listen("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80")],
)
def test_the_address_shown_can_be_typed_into_a_browser(host, shown):
    assert serve.address(host, 80) == shown


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system does not pin processes")
def test_each_worker_keeps_to_one_cpu():
    sleepers = [subprocess.Popen(["sleep", "30"]) for _ in range(2)]
    try:
        workers = serve.PinnedWorkers.__new__(serve.PinnedWorkers)
        workers.processes = [SimpleNamespace(pid=sleeper.pid, exitcode=None) for sleeper in sleepers]

        workers._pin()

        cpus = [os.sched_getaffinity(sleeper.pid) for sleeper in sleepers]
        assert all(len(own) == 1 for own in cpus)
        assert len(set().union(*cpus)) == min(2, len(os.sched_getaffinity(0)))
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()


def test_the_server_answers_and_ends_on_ctrl_c(run):
    run("db", "upgrade")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "vinculo", "serve", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert f"http://127.0.0.1:{port}" in process.stderr.readline()
            assert b" 200 " in answer(port)
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 130
        assert "Traceback" not in process.stderr.read()


def answer(port, within=20):
    """The first line of /health/live, once the server is there."""
    deadline = time.monotonic() + within
    with socket.create_connection(("127.0.0.1", port), timeout=within) as connection:
        connection.sendall(b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        connection.settimeout(max(1, deadline - time.monotonic()))
        return connection.recv(100)
