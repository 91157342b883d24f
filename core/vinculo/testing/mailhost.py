"""Real servers of mail to test against: Exim takes and delivers letters, Dovecot lets them be read.

``mail_host()`` starts both on ports of their own, with their files in a folder, and stops them at the end.
Letters to ``@luz.example`` are delivered if somebody lives there (``PEOPLE``, ``bounces`` with a suffix);
all others come back as Exim has it. Both are as Debian packages them.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vinculo.testing.ports import free_port

PROGRAMS: Final = ("exim4", "dovecot")
DOMAIN: Final = "luz.example"
PEOPLE: Final = ("ana", "bia", "news")
MAILBOX: Final = "bounces"  # also with a suffix: bounces+TOKEN
PASSWORD: Final = "not-a-secret"  # noqa: S105 -- of servers that live as long as a test
START_SECONDS: Final = 20

_TAKEN: Final = re.compile(r" <= .* for (\S+)$", re.MULTILINE)
_DELIVERED: Final = re.compile(r" => \S+ <([^>]+)>")
_EXIM: Final = """
exim_user = {user}
exim_group = {group}
trusted_users = {user}
primary_hostname = mx.luz.example
spool_directory = {folder}/spool
log_selector = +received_recipients
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
daemon_smtp_ports = {smtp}
local_interfaces = <; 127.0.0.1
acl_smtp_rcpt = take
acl_smtp_data = take
queue_only = false
keep_environment =
never_users =
qualify_domain = {domain}
tls_advertise_hosts =
bounce_return_body = true
begin acl
take:
  accept
begin routers
bounces:
  driver = accept
  domains = {domain}
  local_parts = bounces
  local_part_suffix = +*
  local_part_suffix_optional
  transport = folder
people:
  driver = accept
  domains = {domain}
  local_parts = {people}
  transport = folder
{everybody}begin transports
folder:
  driver = appendfile
  maildir_format
  directory = {folder}/mail/{box}
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
  user = {user}
  group = {group}
  mode = 0660
begin retry
*  *  F,1h,1m
"""
_EVERYBODY: Final = f"everybody:\n  driver = accept\n  domains = {DOMAIN}\n  transport = folder\n"
_DOVECOT: Final = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
first_valid_gid = 1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
}}
service anvil {{
  chroot =
}}
"""


class NoMailHostError(Exception):
    """Exim or Dovecot is not installed, or does not start."""


@dataclass(frozen=True)
class MailHost:
    """Where both listen, and the folder with what they keep."""

    smtp: int
    imap: int
    folder: Path

    def letters(self, name: str) -> list[bytes]:
        """What somebody has got."""
        found = [*self.folder.glob(f"mail/{name}/new/*"), *self.folder.glob(f"mail/{name}/cur/*")]
        return [one.read_bytes() for one in sorted(found)]

    def wait(self, name: str, count: int) -> list[bytes]:
        """The same, once there are so many."""
        limit = time.monotonic() + START_SECONDS
        while len(found := self.letters(name)) < count:
            if time.monotonic() > limit:
                raise NoMailHostError(f"{name} has {len(found)} of {count} letters\n{self._log()}")
            time.sleep(0.05)
        return found

    def taken(self) -> list[str]:
        """The address of each letter that Exim took, as its log has it."""
        return self._told(_TAKEN)

    def delivered(self) -> list[str]:
        """The same of each that was delivered."""
        return self._told(_DELIVERED)

    def _told(self, pattern: re.Pattern[str]) -> list[str]:
        log = self.folder / "log" / "mainlog"
        return pattern.findall(log.read_text()) if log.exists() else []

    def empty(self, name: str) -> None:
        """Throw away what somebody has got."""
        shutil.rmtree(self.folder / "mail" / name, ignore_errors=True)

    def _log(self) -> str:
        return "\n".join(one.read_text() for one in self.folder.glob("log/*log"))


@contextmanager
def mail_host(folder: Path, *, everybody: bool = False) -> Iterator[MailHost]:
    """Start them with their files in a folder that all may enter. Raises ``NoMailHostError``.

    With ``everybody`` all addresses of the domain are somebody's.
    """
    for name in PROGRAMS:
        if shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            raise NoMailHostError(f"{name} is missing: apt-get install exim4-daemon-light dovecot-imapd")
    host = MailHost(free_port(), free_port(), folder)
    who = pwd.getpwnam("Debian-exim") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    told = {
        "folder": folder, "smtp": host.smtp, "imap": host.imap, "user": who.pw_name, "group": _group(who),
        "domain": DOMAIN, "people": " : ".join(PEOPLE), "password": PASSWORD,
        "everybody": _EVERYBODY if everybody else "", "box": "everybody" if everybody else "$local_part_data",
    }  # fmt: skip
    for name in ("spool", "log", "mail", "run", "state"):
        (folder / name).mkdir()
        shutil.chown(folder / name, who.pw_uid, who.pw_gid)
    for name, text in (("exim.conf", _EXIM), ("dovecot.conf", _DOVECOT)):
        (folder / name).write_text(text.format(**told))
    commands = (
        ["/usr/sbin/exim4", "-C", f"{folder}/exim.conf", "-bdf", "-q5s" if everybody else "-q1m"],
        ["/usr/sbin/dovecot", "-F", "-c", f"{folder}/dovecot.conf"],
    )
    with (folder / "errors").open("wb") as errors:
        running = [
            subprocess.Popen(one, cwd=folder, stderr=errors, start_new_session=True)  # noqa: S603 # nosec B603 # programs of Debian
            for one in commands
        ]
    try:
        for port, process in zip((host.smtp, host.imap), running, strict=True):
            _wait(port, process)
        yield host
    finally:
        for process in running:
            os.killpg(process.pid, signal.SIGTERM)
        for process in running:
            process.wait(10)


def _group(who: pwd.struct_passwd) -> str:
    return grp.getgrgid(who.pw_gid).gr_name


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + START_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if process.poll() is not None or time.monotonic() > limit:
                raise NoMailHostError(f"{process.args!r} does not start") from None
            time.sleep(0.02)
        else:
            return
