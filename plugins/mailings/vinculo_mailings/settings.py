"""The plugin's part of the configuration, the table ``[mailings]``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr

from vinculo.settings import Section


class MailingSettings(Section):
    """How mailings leave; the server itself is that of ``[mail]``.

    ``bounces`` is the mailbox to which servers send back what they cannot deliver: its address gets a “+” and
    the number of the message. ``connections`` are used at a time.
    """

    sender: str = Field(default="", examples=["Luz <news@luz.example>"])
    reply_to: str = ""
    bounces: str = Field(default="", examples=["bounces@luz.example"])
    imap_host: str = ""  # of the mailbox to which answers and what cannot be delivered come
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_security: Literal["tls", "starttls", "none"] = "tls"
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = Field(default="INBOX", pattern=r"^[ !#-\[\]-~]+$")
    hourly_cap: int = Field(default=0, ge=0, le=10_000_000)  # of all mailings together; 0: none
    connections: int = Field(default=2, ge=1, le=16)
    outcome_days: int = Field(default=30, ge=1, le=365)  # what follows within them counts as a result
    dkim_domain: str = ""
    dkim_selector: str = "vinculo"
    dkim_key_file: Path | None = None  # PEM, RSA or Ed25519
    sms_gateway: str = ""  # the name of a gateway: http, smpp, or one of another plugin
    sms_sender: str = Field(default="", max_length=21)
    sms_url: str = ""  # of an HTTP gateway, with {to}, {text}, {sender} and {key}
    sms_host: str = ""  # of an SMPP server
    sms_port: int = Field(default=2775, ge=1, le=65535)
    sms_user: str = ""
    sms_password: SecretStr = SecretStr("")
