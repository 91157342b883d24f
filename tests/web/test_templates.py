"""What every page promises: it draws, it escapes, it obeys the strict content policy, its files exist."""

import re
from pathlib import Path
from typing import Any

import jinja2
import pytest
from tests.web.contexts import ACTION, PAGES, TABLE, form, shell

from vinculo.web import templating
from vinculo.web.views import Empty, Input, ListPage, Table, Widget

WEB = Path(__file__).parents[2] / "core" / "vinculo" / "web"
STATIC = WEB / "static"
ESCAPED = "&#34;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"

PARTS = {"base.html", "plain.html", "shell.html", "components.html", "forms.html", "fragments/dialogs.html"}
PARTS |= {"account/parts.html"}


@pytest.fixture(scope="module")
def environment() -> jinja2.Environment:
    """The templates as the application loads them: strict, escaping, translated."""
    return templating.environment(["vinculo.web"])


def render(environment: jinja2.Environment, name: str, **overrides: Any) -> str:
    """The page of that name with its sample context."""
    with templating.use_csrf("t'o&k"):
        return environment.get_template(name).render({"shell": shell()} | dict(PAGES[name]) | overrides)


def test_every_template_compiles(environment: jinja2.Environment) -> None:
    names = environment.list_templates()
    assert set(names) >= PARTS | set(PAGES)
    for name in names:
        environment.get_template(name)


@pytest.mark.parametrize("name", PAGES)
def test_page_escapes_what_users_wrote(environment: jinja2.Environment, name: str) -> None:
    html = render(environment, name)
    assert "<script>alert" not in html
    assert ESCAPED in html or name.endswith("import_run.html")


@pytest.mark.parametrize("name", PAGES)
def test_page_obeys_the_content_policy(environment: jinja2.Environment, name: str) -> None:
    tags = " ".join(re.findall(r"<[a-z][^>]*>", render(environment, name)))
    assert not re.search(r"\sstyle\s*=", tags)
    assert not re.search(r"\son[a-z]+\s*=", tags)
    assert not re.search(r'(?:href|src|action)="(?:https?:)?//', tags)
    assert not re.search(r"<script(?![^>]*\ssrc=)[^>]*>", tags)


@pytest.mark.parametrize("name", PAGES)
def test_icons_of_page_are_in_the_sprite(environment: jinja2.Environment, name: str) -> None:
    drawn = set(re.findall(r'<use href="/static/icons\.svg[^#]*#([^"]+)"', render(environment, name)))
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons.svg").read_text()))
    assert drawn <= sprite


@pytest.mark.parametrize("name", PAGES)
def test_every_post_form_carries_the_token(environment: jinja2.Environment, name: str) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', render(environment, name), re.DOTALL)
    assert all('name="_csrf" value="t&#39;o&amp;k"' in one for one in forms)


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_labels_find_their_fields(environment: jinja2.Environment, name: str) -> None:
    html = re.sub(r"<template>.*?</template>", "", render(environment, name), flags=re.DOTALL)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'\sfor="([^"]+)"', html)) <= set(ids)


def test_static_files_named_by_pages_exist(environment: jinja2.Environment) -> None:
    html = render(environment, "records/list.html")
    names = re.findall(r'"/static/([^"#?]+)', html)
    names += re.findall(r"url\(([^)]+)\)", (STATIC / "vinculo.css").read_text())
    assert [name for name in names if not (STATIC / name).is_file()] == []


def test_error_needs_no_shell(environment: jinja2.Environment) -> None:
    html = render(environment, "error.html", shell=None)
    assert "500" in html
    assert "/sign-out" not in html


def test_password_is_never_sent_back(environment: jinja2.Environment) -> None:
    secret = form(inputs=[Input("password", "Password", Widget.PASSWORD, "hunter2")])
    assert "hunter2" not in render(environment, "account/sign_in.html", form=secret)


def test_form_keeps_what_was_typed_and_says_what_is_wrong_beside_it(environment: jinja2.Environment) -> None:
    email = Input("email", "E-mail", Widget.EMAIL, "ana@", errors=["Not an e-mail address."])
    html = render(environment, "records/form.html", form=form(inputs=[email], collections=()))
    assert 'value="ana@"' in html
    assert 'aria-describedby="f-email-error"' in html
    assert 'id="f-email-error"' in html
    assert 'name="version" value="7"' in html


def test_repeatable_rows_work_without_scripts(environment: jinja2.Environment) -> None:
    html = render(environment, "records/form.html")
    assert 'name="_add" value="points"' in html
    assert 'name="points-0-_delete"' in html
    blank = re.search(r"<template>(.*?)</template>", html, re.DOTALL)
    assert blank is not None
    assert 'name="points-__key__-value"' in blank[1]


def test_link_field_takes_a_typed_name_too(environment: jinja2.Environment) -> None:
    owner = Input("owner", "Owner", Widget.LINK, "4", "Marina", lookup="/lookup/users")
    html = render(environment, "records/form.html", form=form(inputs=[owner]))
    assert 'name="owner__text" value="Marina"' in html
    assert 'type="hidden" name="owner" value="4"' in html


def test_empty_list_teaches_the_first_step(environment: jinja2.Environment) -> None:
    empty = Empty("No clients yet", "Add the first one.", [ACTION])
    page = ListPage("Clients", "/clients", Table(TABLE.columns, []), empty=empty)
    html = render(environment, "records/list.html", page=page)
    assert "No clients yet" in html
    assert "<table" not in html


def test_finished_import_stops_asking(environment: jinja2.Environment) -> None:
    assert 'hx-trigger="every 1s"' in render(environment, "records/import_run.html")
    finished = render(environment, "records/import_run.html", live=False)
    assert "every 1s" not in finished
    assert 'http-equiv="refresh"' not in finished
