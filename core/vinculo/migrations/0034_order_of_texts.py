"""What texts of custom fields are ordered by, beside them, in all tables that have custom fields."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from vinculo.db.custom import CustomValues
from vinculo.db.types import BigId, Json

revision = "0034"
down_revision = "0033"
CHUNK = 1000


def upgrade() -> None:
    for name in _tables():
        _write_anew(name, CustomValues())


def downgrade() -> None:
    for name in _tables():
        _write_anew(name, Json)


def _tables() -> list[str]:
    """Those with custom fields, of plugins as well."""
    found = sa.inspect(op.get_bind())
    return [
        name
        for name in found.get_table_names()
        if any(
            one["name"] == "custom" and isinstance(one["type"], sa.JSON) for one in found.get_columns(name)
        )
    ]


def _write_anew(name: str, written: sa.types.TypeEngine[Any]) -> None:
    """Read the values without their keys, and write them as a type does."""
    connection = op.get_bind()
    table = sa.table(name, sa.column("id", BigId), sa.column("custom", CustomValues()))
    values = sa.bindparam("values", type_=written)
    update = sa.update(table).where(table.c.id == sa.bindparam("row")).values(custom=values)
    filled = sa.select(table.c.id, table.c.custom).where(table.c.custom.is_not(None))
    last = 0
    while rows := connection.execute(filled.where(table.c.id > last).order_by(table.c.id).limit(CHUNK)).all():
        last = rows[-1].id
        held = [{"row": row.id, "values": row.custom} for row in rows if row.custom]
        if held:
            connection.execute(update, held)
