"""What the page templates draw: plain data, made by handlers, read by Jinja macros.

Strings that come from users are escaped by the templates; a ``Markup`` is taken as it is.
"""

from __future__ import annotations

from markupsafe import Markup

from vinculo.web.views.boards import Board, BoardCard, BoardColumn, Tag
from vinculo.web.views.calendars import Calendar, CalendarDay, CalendarEntry, CalendarWeek
from vinculo.web.views.cards import Attribute, Badge, CardPage, CardTab, Line, Panel, TiedRow, TimelineEntry
from vinculo.web.views.forms import (
    Conflict,
    Form,
    FormSection,
    Hint,
    Input,
    InputRow,
    InputRows,
    Option,
    Widget,
)
from vinculo.web.views.heads import CardHead, HeadFigure, SparkBar, Sparkline, Way
from vinculo.web.views.shell import (
    Action,
    Crumb,
    Hit,
    MenuGroup,
    MenuLink,
    Origin,
    Progress,
    ResultTab,
    SearchGroup,
    Shell,
    Toast,
)
from vinculo.web.views.similar import PairView, SideBySide, SimilarNotice
from vinculo.web.views.tables import (
    Chip,
    Column,
    ColumnChoice,
    ConditionForm,
    Empty,
    GroupForm,
    GroupPart,
    ListPage,
    Row,
    RowGroup,
    Tab,
    Table,
    Tabs,
)

Text = str | Markup

__all__ = [
    "Action",
    "Attribute",
    "Badge",
    "Board",
    "BoardCard",
    "BoardColumn",
    "Calendar",
    "CalendarDay",
    "CalendarEntry",
    "CalendarWeek",
    "CardHead",
    "CardPage",
    "CardTab",
    "Chip",
    "Column",
    "ColumnChoice",
    "ConditionForm",
    "Conflict",
    "Crumb",
    "Empty",
    "Form",
    "FormSection",
    "GroupForm",
    "GroupPart",
    "HeadFigure",
    "Hint",
    "Hit",
    "Input",
    "InputRow",
    "InputRows",
    "Line",
    "ListPage",
    "MenuGroup",
    "MenuLink",
    "Option",
    "Origin",
    "PairView",
    "Panel",
    "Progress",
    "ResultTab",
    "Row",
    "RowGroup",
    "SearchGroup",
    "Shell",
    "SideBySide",
    "SimilarNotice",
    "SparkBar",
    "Sparkline",
    "Tab",
    "Table",
    "Tabs",
    "Tag",
    "Text",
    "TiedRow",
    "TimelineEntry",
    "Toast",
    "Way",
    "Widget",
]
