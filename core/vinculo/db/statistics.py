"""What SQLite knows of how many rows hold which values: by it, it chooses among indexes."""

from __future__ import annotations

from typing import Any, Final

from vinculo.db.engine import Database

# Entries of an index that are looked at. With 20,000 a quarter of 1,000,000 rows seems rare; all of them
# take ten times as long.
SAMPLE: Final = 100_000
_TABLES: Final = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"


def refresh(database: Database) -> None:
    """Look at the tables again, one after another, so that nobody waits long to write.

    Connections that are open go by what they knew when they were opened. PostgreSQL does all this by itself.
    """
    if not database.is_sqlite:
        return
    raw: Any = database.engine.raw_connection()
    try:
        cursor = raw.cursor()
        cursor.execute(f"PRAGMA analysis_limit={SAMPLE}")
        for (name,) in cursor.execute(_TABLES).fetchall():
            if not name.startswith("sqlite_"):
                cursor.execute(f'ANALYZE "{name}"')
        cursor.close()
    finally:
        raw.close()
