"""The catalogues: complete, and the check that says so can fail."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from babel.support import Translations

from vinculo.cli import COMMANDS, main
from vinculo.cli.lazy import translated
from vinculo.i18n import gettext, ngettext, use_locale
from vinculo.testing.messages import bring_up_to_date, catalogue_path, collect, faults, read

LANGUAGES = ("pt_BR", "ru")
ROOT = Path(__file__).parents[2]
PACKAGES = sorted([ROOT / "core" / "vinculo", *ROOT.glob("plugins/*/vinculo_*")])

# Texts that are the same word in another language, or a name.
NAMES = {"LEI", "SMS", "Vinculo"}
ALIKE = {
    *NAMES,
    "%(ms)s ms",
    "CAC",
    "E-mail",
    "Fax",
    "Linear",
    "Login",
    "Marketing",
    "Menu",
    "Plugin",
    "Plugins",
    "ROI",
    "SHA-256",
    "Token",
    "Tokens",
    "Unicode (UTF-16)",
    "Unicode (UTF-8)",
    "d",
    "ms",
    "ok",
}


def test_every_text_is_translated(package: Path):
    assert [*faults(package, alike=ALIKE)] == []


def test_collecting_again_changes_nothing(package: Path, tmp_path: Path):
    copy = shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("static"))

    assert bring_up_to_date(copy) == []


def test_the_installed_catalogues_are_those_of_the_source(package: Path):
    for language in LANGUAGES:
        path = catalogue_path(package, language)
        with path.with_suffix(".mo").open("rb") as file:
            compiled = Translations(file)
        for message in read(path):
            if message.id and not message.pluralizable:
                assert compiled.ugettext(message.id) == message.string, "run make messages"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_reads_the_same_in_all_packages(language: str):
    """The catalogues are merged: a text of two packages can have one translation only."""
    readings: dict[object, set[object]] = {}
    for package in PACKAGES:
        for message in read(catalogue_path(package, language)):
            if message.id:
                readings.setdefault(message.id, set()).add(message.string)

    assert [text for text, found in readings.items() if len(found) > 1] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_of_every_command_is_in_the_catalogue(language: str):
    known = read(catalogue_path(PACKAGES[0], language))

    for text in _helps():
        assert known.get(text), text


def _helps() -> Iterator[str]:
    texts: list[str] = []

    def keep(text: str) -> str:
        texts.append(text)
        return text

    translated(main, keep)
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        assert command is not None
        translated(command, keep)
    assert len(texts) > 50
    yield from texts


@pytest.mark.parametrize(
    ("n", "shown"),
    [
        (0, "0 строк"),
        (1, "1 строка"),
        (2, "2 строки"),
        (5, "5 строк"),
        (11, "11 строк"),
        (21, "21 строка"),
        (22, "22 строки"),
        (111, "111 строк"),
    ],
)
def test_russian_counts_with_three_forms(n: int, shown: str):
    with use_locale("ru"):
        assert ngettext("%(n)s row", "%(n)s rows", n) == shown


@pytest.mark.parametrize(("n", "shown"), [(0, "0 linha"), (1, "1 linha"), (2, "2 linhas")])
def test_portuguese_counts_with_two_forms(n: int, shown: str):
    with use_locale("pt_BR"):
        assert ngettext("%(n)s row", "%(n)s rows", n) == shown


def test_values_are_put_into_the_translation():
    with use_locale("ru"):
        assert gettext("%(record)s was saved.", record="Ромашка") == "Сохранено: Ромашка."


class TestTheCheck:
    """On a package of two texts and their right translations."""

    @pytest.fixture
    def little(self, tmp_path: Path) -> Path:
        package = tmp_path / "vinculo_little"
        templates = package / "templates" / "little"
        templates.mkdir(parents=True)
        (package / "pages.py").write_text('_("Add %(kind)s"), ngettext("%(n)s row", "%(n)s rows", n)\n')
        (templates / "page.html").write_text('<p>{{ _("Good day, %(name)s", name=name) }}</p>\n')
        bring_up_to_date(package)
        self.translate(package, "ru", "Добавить: %(kind)s", "Добрый день, %(name)s", "%(n)s строк")
        self.translate(package, "pt_BR", "Adicionar %(kind)s", "Bom dia, %(name)s", "%(n)s linhas")
        return package

    def translate(self, package: Path, language: str, add: str, greeting: str, rows: str) -> None:
        path = catalogue_path(package, language)
        text = path.read_text()
        for source, target in (("Add %(kind)s", add), ("Good day, %(name)s", greeting)):
            text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{target}"')
        for form in range(3):
            text = text.replace(f'msgstr[{form}] ""', f'msgstr[{form}] "{rows}"')
        path.write_text(text)

    def spoil(self, package: Path, before: str, after: str) -> list[str]:
        path = catalogue_path(package, "ru")
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
        return [*faults(package)]

    def test_finds_nothing_when_all_is_right(self, little: Path):
        assert len(collect(little)) == 3
        assert [*faults(little)] == []

    def test_finds_a_text_that_was_not_collected(self, little: Path):
        (little / "more.py").write_text('_("Something new")\n')

        found = [*faults(little)]

        assert len(found) == len(LANGUAGES)
        assert all("“Something new” is missing" in fault for fault in found)

    def test_finds_a_text_that_was_collected_only(self, little: Path):
        (little / "more.py").write_text('_("Something new")\n')
        bring_up_to_date(little)

        assert [fault for fault in faults(little) if "“Something new” is not translated" in fault]

    def test_finds_a_package_without_a_language(self, little: Path):
        shutil.rmtree(little / "locale" / "ru")

        assert [fault for fault in faults(little) if "ru" in fault and "is not there" in fault]

    def test_finds_a_text_that_is_gone(self, little: Path):
        (little / "pages.py").write_text('_("Add %(kind)s")\n')

        assert all("“%(n)s row” is no longer used" in fault for fault in faults(little))
        assert bring_up_to_date(little)
        assert [*faults(little)] == []

    @pytest.mark.parametrize(
        ("before", "after", "fault"),
        [
            ("Добавить: %(kind)s", "Добавить: %(what)s", "has other placeholders"),
            ("Добавить: %(kind)s", "Добавить", "has other placeholders"),
            ("Добавить: %(kind)s", "Добавить: %(kind)s %(kind)s", "has other placeholders"),
            ("Добавить: %(kind)s", "Добавить: %(kind)s ", "begins or ends with other spaces"),
            ("Добавить: %(kind)s", "Add %(kind)s", "reads as in English"),
            ('msgstr[2] "%(n)s строк"', 'msgstr[2] ""', "is not translated in all its forms"),
            ('msgstr[2] "%(n)s строк"', "", "is not translated in all its forms"),
            ("#, python-format", "#, fuzzy, python-format", "is marked fuzzy"),
        ],
    )
    def test_finds_a_bad_translation(self, little: Path, before: str, after: str, fault: str):
        found = self.spoil(little, before, after)

        assert found
        assert all(fault in line for line in found)

    def test_lets_a_word_be_alike_that_is_named(self, little: Path):
        self.spoil(little, "Добавить: %(kind)s", "Add %(kind)s")

        assert [*faults(little, alike={"Add %(kind)s"})] == []


@pytest.fixture
def compile_catalogues() -> Callable[[Path], list[Path]]:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.compile_catalogues


def test_the_build_compiles_the_catalogues(
    package: Path, tmp_path: Path, compile_catalogues: Callable[[Path], list[Path]]
):
    pattern = shutil.ignore_patterns("*.mo")
    shutil.copytree(package / "locale", tmp_path / "core" / package.name / "locale", ignore=pattern)

    written = compile_catalogues(tmp_path)

    assert [path.name for path in written] == ["messages.mo"] * len(LANGUAGES)
    assert all(path.stat().st_size > 1000 for path in written)
