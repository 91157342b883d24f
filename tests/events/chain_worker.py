"""Writes clients into a database, each in a transaction of its own: python chain_worker.py URL NAME COUNT."""

import sys

import vinculo.accounts.models  # noqa: F401 -- clients refer to users
from vinculo.actor import Source, system
from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.records import service
from vinculo.records.reading import Values

url, name, count = sys.argv[1:]
database = Database(url, busy_timeout_ms=60_000)
for number in range(int(count)):
    with database.write() as session:
        service.create(session, client, Values({"name": f"{name} {number}"}), actor=system(Source.CLI))
database.close()
