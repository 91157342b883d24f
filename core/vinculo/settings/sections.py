"""The tables of the file that the kernel reads, with their defaults."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import phonenumbers
from babel.numbers import is_currency
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from vinculo.encryption import is_key
from vinculo.i18n import LANGUAGES
from vinculo.i18n import gettext as _
from vinculo.settings.faults import suggestion


def _database_url(value: str) -> str:
    if re.match(r"(sqlite:///.|postgresql(\+psycopg)?://)", value):
        return value
    raise ValueError(_("is not the address of a SQLite file or a PostgreSQL database"))


def _language(value: str) -> str:
    language = value.replace("-", "_")
    if language in LANGUAGES:
        return language
    raise ValueError(_("is not one of the languages %(known)s", known=", ".join(LANGUAGES)))


def _time_zone(value: str) -> str:
    if value in available_timezones():
        return value
    raise ValueError(_("is not a time zone") + suggestion(value, available_timezones()))


def _country(value: str) -> str:
    if value in phonenumbers.SUPPORTED_REGIONS:
        return value
    raise ValueError(_("is not the two-letter code of a country"))


def _currency(value: str) -> str:
    if is_currency(value):
        return value
    raise ValueError(_("is not the three-letter code of a currency"))


def _address(value: str) -> str:
    """Plain http only on this machine, where nobody listens in."""
    parts = urlsplit(value)
    local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if not value or (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and local))):
        return value
    raise ValueError(_("is not an address that begins with https://"))


def _site(value: str) -> str:
    """The same without the slash at its end, so that a path can be added."""
    return _address(value).rstrip("/")


def _keys(value: tuple[str, ...]) -> tuple[str, ...]:
    if all(map(is_key, value)):
        return value
    raise ValueError(_("holds what is no key: make one with “vinculo secrets key”"))


def _network(place: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Of an address or a network; None if it is a name."""
    try:
        return ipaddress.ip_network(place)
    except ValueError:
        return None


def _places(value: tuple[str, ...]) -> tuple[str, ...]:
    for place in value:
        if not (_network(place) or re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9.-]*", place)):
            raise ValueError(_("holds %(place)s, which is no network and no name of a host", place=place))
    return value


def _mode(*known: str) -> AfterValidator:
    def check(value: str) -> str:
        if value in known:
            return value
        raise ValueError(_("is not one of %(known)s", known=", ".join(known)))

    return AfterValidator(check)


def _split(value: object) -> object:
    """Let a variable hold a list as ``a,b``, too."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except json.JSONDecodeError:
            raise ValueError(_("is not a list")) from None
    return tuple(part.strip() for part in value.split(",") if part.strip())


Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Section(BaseModel):
    """A table of the file. A plugin's own model may derive from it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class DatabaseSettings(Section):
    """Where the rows are."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(default="sqlite:///var/vinculo.db", repr=False)

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        found = re.match(r"sqlite:///([^?]+)", self.url)
        return Path(found[1]) if found else None


class ServerSettings(Section):
    """How pages are served. ``trusted_proxies`` are believed when they say who called, and by https.

    Without ``jobs`` the servers leave background jobs to ``vinculo worker``.
    ``public_url`` is what people type to come here; links that are mailed begin with it.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=8000, ge=1, le=65535)
    workers: int = Field(default=1, ge=1, le=256)
    jobs: bool = True
    public_url: Annotated[str, AfterValidator(_site)] = Field(
        default="", examples=["https://crm.example.com"]
    )
    max_upload_mb: int = Field(default=100, ge=1, le=10_000)
    secure_cookies: bool = False
    trusted_proxies: Names = Field(default=(), examples=[("127.0.0.1",)])


ACCENTS: Final = ("indigo", "blue", "teal", "green", "orange", "red", "pink", "violet")


class CompanySettings(Section):
    """Who uses this. ``country`` is where numbers of phones and taxpayers belong that do not say it.

    With ``joint_view`` the form and the card of a client carry its counterparty, too.
    """

    name: str = Field(default="My company", min_length=1, max_length=200)
    language: Annotated[str, AfterValidator(_language)] = "en"
    time_zone: Annotated[str, AfterValidator(_time_zone)] = "UTC"
    country: Annotated[str, AfterValidator(_country)] = "US"
    currency: Annotated[str, AfterValidator(_currency)] = "USD"
    accent: Annotated[str, _mode(*ACCENTS)] = "indigo"  # of buttons, links and what is chosen
    joint_view: bool = False
    logo: str = Field(default="", pattern="^([0-9a-f]{16})?$")  # which of the pictures sent on the page


class PluginSettings(Section):
    """Pins: a plugin named here is on, or off, whatever was switched in the pages."""

    on: Names = Field(default=(), examples=[("interactions",)])
    off: Names = Field(default=(), examples=[("interactions",)])
    error_budget: int = Field(default=20, ge=1, le=10_000)  # errors until one is set aside
    error_window_minutes: int = Field(default=5, ge=1, le=60)
    time_budget_seconds: float = Field(default=2.0, gt=0, le=60)  # for a part on a page of others

    @model_validator(mode="after")
    def _no_contradiction(self) -> PluginSettings:
        if both := sorted(set(self.on) & set(self.off)):
            raise ValueError(_("%(name)s stands in both on and off: remove it from one", name=both[0]))
        return self


class SecuritySettings(Section):
    """Signing in, and what may be read without.

    A session ends ``session_hours`` after its last use, and ``session_max_hours`` after it began. With
    ``secret_key`` secrets are encrypted before they are stored: the first one encrypts, all of them
    decrypt. Without one it is made and kept in ``secret_key_file``.
    """

    local_signin: bool = True  # by password or passkey, beside [oidc]
    session_hours: int = Field(default=12, ge=1, le=24 * 365)
    session_max_hours: int = Field(default=24 * 7, ge=1, le=24 * 365)
    signin_attempts: int = Field(default=5, ge=1, le=1000)
    signin_window_minutes: int = Field(default=15, ge=1, le=24 * 60)
    min_password_length: int = Field(default=10, ge=8, le=128)
    password_words: Names = Field(default=(), examples=[("product", "street")])  # others would try them
    second_factor: Annotated[str, _mode("optional", "administrators", "everyone")] = "optional"
    reset_link_hours: int = Field(default=24, ge=1, le=24 * 7)
    token_max_days: int = Field(default=365, ge=0, le=36_500)  # 0: tokens may be without end
    public_api_description: bool = True
    secret_key: Annotated[Names, AfterValidator(_keys)] = Field(default=(), repr=False)
    secret_key_file: Path = Path("var/secret.key")


class ExportSettings(Section):
    """What leaves as a file, where no role of a user says otherwise.

    ``rows_per_day`` is what a user may export in a day of the company's time zone. An export of more than
    ``approval_above`` rows is first approved by somebody else. 0 stands for none at all, or for every export.
    """

    rows_per_day: int = Field(default=20_000, ge=0, le=1_000_000_000)
    approval_above: int = Field(default=5_000, ge=0, le=1_000_000_000)


class ProtectionSettings(Section):
    """When the use that somebody makes of the data counts as unusual: not up to these figures in a day."""

    cards_per_day: int = Field(default=100, ge=1)
    reveals_per_day: int = Field(default=30, ge=1)
    export_rows_per_day: int = Field(default=2000, ge=1)


class OidcSettings(Section):
    """Signing in with the accounts that a company has elsewhere, by OpenID Connect.

    ``link_by_email`` trusts the provider: whoever it says owns an e-mail address gets the account with
    that address. ``second_factor``: the provider asks for one, so that none is asked for here.
    """

    issuer: Annotated[str, AfterValidator(_address)] = Field(default="", examples=["https://id.example.com"])
    client_id: str = ""
    client_secret: SecretStr = SecretStr("")
    name: str = Field(default="", max_length=60)  # of the provider, on the button
    scopes: Names = ("openid", "email", "profile")
    link_by_email: bool = False
    create_users: bool = False
    second_factor: bool = False

    @model_validator(mode="after")
    def _whole(self) -> OidcSettings:
        if self.issuer and not self.client_id:
            raise ValueError(_("has an issuer but no client_id: add the one that the provider gave out"))
        return self


class MailSettings(Section):
    """The server that takes mail to be sent; without a host none is sent."""

    host: str = ""
    port: int = Field(default=587, ge=1, le=65535)
    security: Annotated[str, _mode("starttls", "tls", "none")] = "starttls"
    user: str = ""
    password: SecretStr = SecretStr("")
    sender: str = Field(default="", examples=["Vinculo <crm@example.com>"])

    @model_validator(mode="after")
    def _whole(self) -> MailSettings:
        if self.host and not self.sender:
            raise ValueError(_("has a host but no sender: add the address that mail comes from"))
        return self


class OutgoingSettings(Section):
    """Which servers outside of the internet may be asked: names (id.internal), networks (10.1.0.0/16).

    All other requests go to addresses of the internet; see ``vinculo.outgoing``.
    """

    allow: Annotated[Names, AfterValidator(_places)] = Field(default=(), examples=[("10.1.0.0/16",)])

    def allows_host(self, host: str) -> bool:
        """Whether a server may be asked wherever its name leads."""
        return host.lower() in {place.lower() for place in self.allow}

    def allows_address(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
        """Whether an address lies in one of the networks."""
        return any(address in network for place in self.allow if (network := _network(place)))


class FileSettings(Section):
    """Where files, uploads, rejected rows and exports are kept; ``total_mb`` bounds those on records."""

    folder: Path = Path("var/files")
    total_mb: int = Field(default=0, ge=0)
