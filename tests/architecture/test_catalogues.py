"""Every text is there in every language, with the same placeholders."""

from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from vinculo.i18n import DEFAULT_LANGUAGE, LANGUAGES
from vinculo.testing.messages import catalogue_path, collect

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / "core" / "vinculo", *sorted(ROOT.glob("plugins/*/vinculo_*"))]
TRANSLATIONS = [
    pytest.param(package, language, id=f"{package.name}-{language}")
    for package in PACKAGES
    for language in LANGUAGES
    if language != DEFAULT_LANGUAGE
]


@pytest.fixture(scope="module")
def texts():
    """The texts of each package."""
    return {package: collect(package) for package in PACKAGES}


def read(package, language):
    with catalogue_path(package, language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def forms(message):
    return [message.string] if isinstance(message.string, str) else [*message.string]


def test_texts_are_found_in_code_commands_and_templates(texts):
    found = texts[ROOT / "core" / "vinculo"]

    assert "Client" in found
    assert "Sign in" in found
    assert any("vinculo demo --port 9000" in str(message.id) for message in found)


@pytest.mark.parametrize(("package", "language"), TRANSLATIONS)
def test_every_text_is_translated(texts, package, language):
    catalogue = read(package, language)

    missing = []
    for message in texts[package]:
        known = catalogue.get(message.id, message.context) if message.id else None
        if message.id and (known is None or known.fuzzy or not all(forms(known))):
            missing.append(message.id)
    assert missing == [], 'type "make messages" and translate'


@pytest.mark.parametrize(("package", "language"), TRANSLATIONS)
def test_a_catalogue_holds_nothing_that_nobody_says(texts, package, language):
    known = {str(message.id) for message in texts[package]}

    assert [m.id for m in read(package, language) if str(m.id) not in known] == []


@pytest.mark.parametrize(("package", "language"), TRANSLATIONS)
def test_translations_have_the_placeholders_of_the_text(package, language):
    assert [(message.id, errors) for message, errors in read(package, language).check()] == []
