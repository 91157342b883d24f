"""A process that makes known what is late, slowly, until it is done or killed."""

from __future__ import annotations

import sys
import time

from vinculo.clients.records import client
from vinculo.db.engine import Database
from vinculo.records import catching_up

database = Database(sys.argv[1])
catching_up.catch_up(database, {client.name: client}, watch=lambda: time.sleep(0.3))
