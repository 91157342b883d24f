"""What the page templates draw: plain data, made by handlers, read by Jinja macros.

Strings that come from users are escaped by the templates; a ``Markup`` is taken as it is.
"""

from __future__ import annotations

from markupsafe import Markup

from vinculo.web.views.cards import Attribute, Badge, CardPage, Line, Panel, TimelineEntry
from vinculo.web.views.forms import Conflict, Form, Input, InputRow, InputRows, Option, Widget
from vinculo.web.views.shell import (
    Action,
    Crumb,
    MenuGroup,
    MenuLink,
    Origin,
    Progress,
    SearchGroup,
    Shell,
    Toast,
)
from vinculo.web.views.tables import Chip, Column, Empty, ListPage, Row, Table

Text = str | Markup

__all__ = [
    "Action",
    "Attribute",
    "Badge",
    "CardPage",
    "Chip",
    "Column",
    "Conflict",
    "Crumb",
    "Empty",
    "Form",
    "Input",
    "InputRow",
    "InputRows",
    "Line",
    "ListPage",
    "MenuGroup",
    "MenuLink",
    "Option",
    "Origin",
    "Panel",
    "Progress",
    "Row",
    "SearchGroup",
    "Shell",
    "Table",
    "Text",
    "TimelineEntry",
    "Toast",
    "Widget",
]
