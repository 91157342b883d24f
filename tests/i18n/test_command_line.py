"""The command line speaks, and click with it, the language that was asked for."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from vinculo.cli import main


def run(*line: str, **environment: str | None) -> str:
    unset = dict.fromkeys(("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"))
    return CliRunner().invoke(main, line, env={**unset, **environment}).output


@pytest.mark.parametrize(
    ("language", "usage", "error"),
    [
        ("en", "Usage: ", "Error: No such command 'nothing'."),
        ("pt_BR", "Uso: ", "Erro: Não há comando 'nothing'."),
        ("ru", "Использование: ", "Ошибка: Команды 'nothing' нет."),
    ],
)
def test_wrong_use_is_told_in_the_language_of_the_option(language: str, usage: str, error: str):
    told = run("--lang", language, "nothing")

    assert told.startswith(usage)
    assert told.strip().endswith(error)


@pytest.mark.parametrize("variable", ["LC_ALL", "LC_MESSAGES", "LANG"])
def test_the_environment_chooses_the_language(variable: str):
    help_text = run("--help", **{variable: "ru_RU.UTF-8"})

    assert help_text.startswith("Использование: ")
    assert "Показать эту справку и выйти." in help_text
    assert "Первые шаги:" in help_text
    assert "Usage" not in help_text


@pytest.mark.parametrize("command", ["db", "users", "serve"])
def test_the_help_of_a_command_is_translated(command: str):
    help_text = run("--lang", "pt_BR", command, "--help")

    assert "Mostrar esta mensagem e sair." in help_text
    assert not {"Example", "Show", "the", "and"} & {*help_text.replace(":", " ").split()}


def test_the_option_wins_over_the_environment():
    help_text = run("--lang", "en", "--help", LANG="ru_RU.UTF-8")

    assert help_text.startswith("Usage: ")
    assert "Show this message and exit." in help_text


def test_the_environment_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LANGUAGE", "de")

    CliRunner().invoke(main, ["--lang", "ru", "--help"])

    assert os.environ["LANGUAGE"] == "de"
