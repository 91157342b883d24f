"""Composing a condition of a list: its field, then how it is compared and with what.

A form that is sent with GET and leads back to the list. Without JavaScript it is a page of its own;
``web/static/vinculo.js`` puts it under the button or the chip from which it was opened.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from litestar import MediaType, Response
from litestar.handlers import HTTPRouteHandler

from vinculo.errors import InvalidError, MalformedError
from vinculo.i18n import gettext as _
from vinculo.records import condition_forms, conditions, facts, filter_groups
from vinculo.records import query as queries
from vinculo.records.condition_tree import Way, free, way_of
from vinculo.records.conditions import Condition, fields_of
from vinculo.records.fields import Field
from vinculo.records.kind import RecordKind
from vinculo.records.list_columns import column_choice
from vinculo.records.list_words import AT
from vinculo.web.context import Context, is_own_path
from vinculo.web.routes import get
from vinculo.web.views import ConditionForm, Crumb, GroupForm, Option

STEP: Final = "_"  # begins the names of what this form says, beside the parameters of the list


def filter_routers(kind: RecordKind) -> list[HTTPRouteHandler]:
    """The pages of a kind: its conditions, and which columns it shows."""
    return [_filter(kind), _columns(kind)]


def _filter(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/filter", permission=kind.permission("read"), name=f"{kind.name}.filter")
    def compose(ctx: Context) -> Response[bytes]:
        seen = facts.seen_by(ctx.registry, kind, ctx.actor)
        if group := filter_groups.asked_for(ctx):
            return _group(ctx, seen, group)
        was = ctx.parameter("_was").split()
        known = queries.split(was[0])[0] if was else ""
        about = queries.inside(seen, _path(ctx, was))
        field = queries.asked_field(seen, _path(ctx, was) + (ctx.parameter("_field") or known))
        if field is None:
            return _render(ctx, seen, fields=fields_of(about))
        if ctx.parameter("_remove"):
            return ctx.redirect(_address(ctx, seen, conditions.replaced(_list(ctx), was, None)))
        if not ctx.parameter("_go"):
            return _render(ctx, seen, form=_form(ctx, seen, field, was))
        try:
            condition = replace(condition_forms.read(ctx, field), path=_path(ctx, was))
            asked = conditions.replaced(_list(ctx), was, condition)
            own = conditions.parameters(condition)
            queries.parse(seen, own, typed=False, me=ctx.actor.user_id)
        except (InvalidError, MalformedError) as error:
            form = _form(ctx, seen, field, was, error)
            return _render(ctx, seen, form=form, status=error.status)
        return ctx.redirect(_address(ctx, seen, asked))

    return compose


def _group(ctx: Context, kind: RecordKind, path: str) -> Response[bytes]:
    """What stands in a group; of one that is to be, the first condition."""
    given = _list(ctx)
    changed = filter_groups.changed(ctx, given, path)
    if changed is not None:
        return ctx.redirect(_address(ctx, kind, changed))
    if not any(queries.path_of(name).startswith(path) for name, _value in given):
        alone = way_of(path) in (Way.HAS, Way.LACKS)
        fields = fields_of(queries.inside(kind, path))
        return _render(ctx, kind, fields=fields, inside=path if alone else free(path, Way.ALL, ()))
    return _render(ctx, kind, group=filter_groups.form(ctx, kind, given, path, _here(ctx)))


def _path(ctx: Context, was: Sequence[str]) -> str:
    """The group of the condition that is composed."""
    return queries.path_of(was[0] if was else f"{ctx.parameter('_in')}x")


def _columns(kind: RecordKind) -> HTTPRouteHandler:
    @get(f"{kind.url}/columns", permission=kind.permission("read"), name=f"{kind.name}.columns")
    def choose(ctx: Context) -> Response[bytes]:
        """Which columns the list shows, and in which order: the page for browsers without JavaScript."""
        seen = facts.seen_by(ctx.registry, kind, ctx.actor)
        wanted = [v for n, v in ctx.parameters() if n == "columns"]
        choice = column_choice(
            seen, ",".join(wanted), raised=ctx.parameter("_up"), sunk=ctx.parameter("_down")
        )
        hidden = [(n, v) for n, v in _list(ctx) if n != "columns"]
        return ctx.render(
            "records/columns.html",
            title=_("Columns"),
            url=seen.url,
            hidden=hidden,
            columns=choice,
            crumbs=[Crumb(str(seen.label_plural), _address(ctx, seen, _list(ctx))), Crumb(_("Columns"))],
        )

    return choose


def _list(ctx: Context) -> list[tuple[str, str]]:
    """The parameters of the list that the form belongs to."""
    return [(n, v) for n, v in ctx.parameters() if not n.startswith(STEP) and v.strip()]


def _here(ctx: Context) -> list[tuple[str, str]]:
    """The page of this site that has the conditions, where it is not the list of their kind."""
    at = ctx.parameter(AT)
    return [(AT, at)] if is_own_path(at) and re.fullmatch("[a-z0-9/_-]+", at) else []


def _address(ctx: Context, kind: RecordKind, parameters: Sequence[tuple[str, str]]) -> str:
    # A bare address would open the list's own view.
    at = next((path for _name, path in _here(ctx)), kind.url)
    return f"{at}?{urlencode(parameters or [('saved', '0')])}"


def _form(
    ctx: Context,
    kind: RecordKind,
    field: Field,
    was: Sequence[str],
    error: InvalidError | MalformedError | None = None,
) -> ConditionForm:
    given = _list(ctx)
    held = conditions.of([field], given, _path(ctx, was))
    now = next((one for one in held if set(one.names) == set(was)), None)
    key = ctx.parameter("_op") or (now.key if now else "")
    how = conditions.comparison(field, key)
    own = now if now and now.key == how.key else Condition(field.name, how.key, ())
    faults = [one.message for one in error.errors] if isinstance(error, InvalidError) else []
    options = [Option(one.key, one.label) for one in conditions.offered(field)]
    return ConditionForm(
        url=f"{kind.url}/filter",
        label=str(field.label),
        hidden=[*given, *_here(ctx), ("_field", field.name), *_steps(ctx, was)],
        comparison=how.key,
        comparisons=options,
        inputs=condition_forms.inputs(ctx, field, how, own, typed=bool(ctx.parameter("_op"))),
        picks=condition_forms.picks(ctx, field, how, own),
        errors=faults or ([error.message] if error else []),
        back=_address(ctx, kind, given),
        removable=bool(was),
    )


def _steps(ctx: Context, was: Sequence[str]) -> list[tuple[str, str]]:
    inside = _path(ctx, was)
    return [("_was", " ".join(was))] if was else [("_in", inside)] if inside else []


def _render(
    ctx: Context,
    kind: RecordKind,
    *,
    fields: Sequence[Option] = (),
    form: ConditionForm | None = None,
    group: GroupForm | None = None,
    inside: str = "",
    status: int = 200,
) -> Response[bytes]:
    """The form alone where a script asks for it, else a page."""
    place = inside or _path(ctx, ())
    hidden = [*_list(ctx), *_here(ctx), *([("_in", place)] if place else [])]
    values = {"fields": fields, "form": form, "group": group, "url": kind.url, "hidden": hidden}
    values["new_group"] = "" if place else filter_groups.new(_list(ctx))
    values["has"] = [] if place else filter_groups.has(kind, _list(ctx))
    if ctx.request.headers.get("hx-request"):
        html = ctx.fragment("records/filter_form.html", **values)
        return Response(html.encode(), media_type=MediaType.HTML, status_code=status)
    title = form.label if form else group.label if group else _("Filter")
    crumbs = [Crumb(str(kind.label_plural), _address(ctx, kind, _list(ctx))), Crumb(_("Filter"))]
    return ctx.render("records/filter.html", title=title, crumbs=crumbs, status=status, **values)
