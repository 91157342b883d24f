"""What all tables have in common."""

import sys
import types

import sqlalchemy as sa
from sqlalchemy.orm import configure_mappers

from vinculo.db.base import Base

MODELS = """
from __future__ import annotations
import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from vinculo.db.base import Base

class Line(Base):
    __tablename__ = "{name}_line"
    order_id: Mapped[int] = mapped_column(sa.ForeignKey("{name}_order.id"))

class Order(Base):
    __tablename__ = "{name}_order"
    lines: Mapped[list[Line]] = relationship()
    last: Mapped[Line | None] = relationship(viewonly=True, uselist=False)
"""


def test_two_plugins_may_have_classes_of_one_name(monkeypatch):
    class Apart(Base):
        """What is made here is not among the tables of other tests."""

        __abstract__ = True
        registry = sa.orm.registry()
        metadata = sa.MetaData()

    modules = [types.ModuleType(f"vinculo_{name}.models") for name in ("gifts", "tours")]
    for module in modules:
        monkeypatch.setitem(sys.modules, module.__name__, module)
        code = MODELS.format(name=module.__name__[8:13]).replace(
            "vinculo.db.base import Base", "apart import Base"
        )
        monkeypatch.setitem(sys.modules, "apart", types.SimpleNamespace(Base=Apart))
        exec(compile(code, module.__name__, "exec"), module.__dict__)
    Apart.registry.configure()
    for module in modules:
        assert module.Order.lines.property.mapper.class_ is module.Line
        assert module.Order.last.property.mapper.class_ is module.Line
    configure_mappers()
