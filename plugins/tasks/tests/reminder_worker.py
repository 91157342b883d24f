"""A process that reminds of tasks and mails the notices until it is killed."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from vinculo.accounts.notice_mail import send_notices
from vinculo.db.engine import Database
from vinculo.settings import Settings
from vinculo_tasks.jobs import remind

mail = {"host": "127.0.0.1", "port": int(sys.argv[2]), "security": "none", "sender": "crm@luz.example"}
settings = Settings.model_validate({"database": {"url": sys.argv[1]}, "mail": mail})
site = SimpleNamespace(settings=settings, database=Database(sys.argv[1]))
remind(site)  # type: ignore[arg-type]
send_notices(site)  # type: ignore[arg-type]
