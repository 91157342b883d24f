"""Settings: a TOML file, overridden by ``VINCULO_*`` variables; a fault is one line with its remedy."""

from __future__ import annotations

import importlib.metadata
import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, Field, PrivateAttr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from vinculo.errors import ConfigError
from vinculo.i18n import gettext as _
from vinculo.settings.faults import quoted, suggestion, worded
from vinculo.settings.origins import PREFIX, Origins, shown
from vinculo.settings.sections import (
    ACCENTS,
    CompanySettings,
    DatabaseSettings,
    ExportSettings,
    FileSettings,
    MailSettings,
    OidcSettings,
    OutgoingSettings,
    PluginSettings,
    ProtectionSettings,
    Section,
    SecuritySettings,
    ServerSettings,
)

__all__ = [
    "ACCENTS",
    "CompanySettings",
    "Section",
    "Settings",
    "company_fault",
    "installed_plugins",
    "load",
    "origin",
    "plugin_settings",
    "shown",
    "sources",
]

FILE_VARIABLE: Final = "VINCULO_CONFIG"
SAFE_VARIABLE: Final = "VINCULO_SAFE"  # set: serve the kernel alone
PLACES: Final = (Path("config/vinculo.toml"), Path("vinculo.toml"))

Model = TypeVar("Model", bound=BaseModel)


class Settings(BaseSettings):
    """All settings, checked. A plugin's table waits in ``plugin_tables`` for the plugin's own model."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database: DatabaseSettings = DatabaseSettings()
    server: ServerSettings = ServerSettings()
    company: CompanySettings = CompanySettings()
    plugins: PluginSettings = PluginSettings()
    security: SecuritySettings = SecuritySettings()
    exports: ExportSettings = ExportSettings()
    protection: ProtectionSettings = ProtectionSettings()
    oidc: OidcSettings = OidcSettings()
    mail: MailSettings = MailSettings()
    outgoing: OutgoingSettings = OutgoingSettings()
    files: FileSettings = FileSettings()
    plugin_tables: dict[str, dict[str, Any]] = Field(default_factory=dict, repr=False)
    _origins: Origins = PrivateAttr(default_factory=Origins)
    _configured: CompanySettings | None = PrivateAttr(default=None)

    @property
    def origins(self) -> Origins:
        """What each value came from."""
        return self._origins

    def remember(self, origins: Origins, configured: CompanySettings | None = None) -> Settings:
        """Keep what each value came from; said once, by whoever made these settings."""
        self._origins, self._configured = origins, configured
        return self

    @property
    def path(self) -> Path | None:
        """The file they were read from."""
        return self._origins.file

    @property
    def configured(self) -> CompanySettings:
        """The company's settings as the configuration has them, whatever was chosen over them."""
        return self._configured or self.company

    def with_company(self, chosen: Mapping[str, str]) -> Settings:
        """These with what the company chose over its table; what a variable sets stands above that.

        A choice that does not fit any more, e.g. a language that is gone, is left out.
        """
        over = {
            key: value
            for key, value in chosen.items()
            if not self._origins.variable(["company", key]) and not company_fault(key, value)
        }
        company = CompanySettings.model_validate({**self.configured.model_dump(), **over})
        made = self.model_copy(update={"company": company})
        return made.remember(replace(self._origins, chosen=frozenset(over)), self.configured)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put the environment above what the file says."""
        return env_settings, init_settings


SECTIONS: Final = tuple(name for name in Settings.model_fields if name != "plugin_tables")


def load(path: Path | None = None) -> Settings:
    """Read and check the settings; ``ConfigError`` names the first fault and its remedy."""
    file = _find(path)
    document = _read(file) if file else {}
    variables = {name.lower(): name for name in os.environ if name.upper().startswith(PREFIX)}
    origins = Origins(file, document, variables)
    _check_keys(origins)
    tables = _plugin_tables(origins)
    try:
        return Settings(
            **{name: document[name] for name in SECTIONS if name in document}, plugin_tables=tables
        ).remember(origins)
    except ValidationError as error:
        raise ConfigError(worded(error.errors()[0], (), Settings, origins)) from None
    except SettingsError as error:
        raise ConfigError(
            _(
                "A VINCULO_ variable cannot be read: %(reason)s. Write one variable for each key, such as"
                " VINCULO_SERVER__PORT=8000.",
                reason=str(error),
            )
        ) from None


def plugin_settings(settings: Settings, name: str, model: type[Model]) -> Model:
    """Check a plugin's table with the plugin's own model; faults are worded as those of the kernel."""
    try:
        return model.model_validate(settings.plugin_tables.get(name, {}))
    except ValidationError as error:
        raise ConfigError(worded(error.errors()[0], (name,), model, settings.origins)) from None


def company_fault(key: str, value: str) -> str:
    """What is wrong with a value for a key of ``[company]``; empty if nothing is."""
    try:
        CompanySettings.model_validate({key: value})
    except ValidationError as error:
        return quoted(error.errors()[0], value)
    return ""


def origin(settings: Settings, key: str) -> str:
    """Where ``section.key`` comes from: ``default``, ``file:…``, ``env:…``, or ``page`` if it was chosen."""
    return settings.origins.of(key)


def sources(settings: Settings) -> list[tuple[str, str, str]]:
    """Each key, its value as it may be shown, and where it comes from."""
    values = settings.model_dump(exclude={"plugin_tables"}) | settings.plugin_tables
    return [(key, shown(key, value), origin(settings, key)) for key, value in _flat(values)]


def installed_plugins() -> frozenset[str]:
    """Names of the plugins in this environment; none is imported."""
    return frozenset(entry.name for entry in importlib.metadata.entry_points(group="vinculo.plugins"))


def _find(path: Path | None) -> Path | None:
    named = os.environ.get(FILE_VARIABLE, "")
    if path is None and not named:
        return next((place for place in PLACES if place.is_file()), None)
    file = path or Path(named)
    if file.is_file():
        return file
    by = "--config" if path else FILE_VARIABLE
    raise ConfigError(
        _("%(by)s names %(file)s, which is not a file. Give the path of a TOML file.", by=by, file=file)
    )


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(_("%(file)s is not in UTF-8. Save it in that encoding.", file=file)) from None
    except OSError as error:
        raise ConfigError(
            _("%(file)s cannot be read: %(reason)s.", file=file, reason=error.strerror)
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_("%(file)s is not valid TOML: %(reason)s", file=file, reason=error)) from None


def _check_keys(origins: Origins) -> None:
    """Every top-level name is a table of the kernel or of an installed plugin; variables likewise."""
    for name, value in origins.document.items():
        known = name in SECTIONS
        if isinstance(value, dict):
            if not known and name not in installed_plugins():
                raise ConfigError(_unknown_table(f"{origins.file}: [{name}]", name))
        elif known:
            raise ConfigError(
                _("%(file)s: %(name)s is a table: write [%(name)s]", file=origins.file, name=name)
            )
        else:
            raise ConfigError(
                _("%(file)s: %(name)s is an unknown key", file=origins.file, name=name) + _home(name)
            )
    for lower, variable in origins.variables.items():
        rest = lower.removeprefix(PREFIX.lower())
        table, nested, _key = rest.partition("__")
        if nested and table not in SECTIONS and table not in installed_plugins():
            raise ConfigError(_unknown_table(variable, table))
        if not nested and (section := next((s for s in SECTIONS if rest.startswith(f"{s}_")), None)):
            right = f"{PREFIX}{section}__{rest.removeprefix(section + '_')}".upper()
            raise ConfigError(
                _("%(variable)s is unknown: write %(right)s", variable=variable, right=right)
                + _(", with two underscores")
            )


def _unknown_table(place: str, name: str) -> str:
    known = [*SECTIONS, *sorted(installed_plugins())]
    return (
        _("%(place)s belongs to no installed plugin", place=place)
        + suggestion(name, known)
        + _(": correct the name, remove it or install the plugin")
    )


def _home(key: str) -> str:
    """Where a key belongs that stands outside its table."""
    for section in SECTIONS:
        if key in _model_at(Settings, (section,)).model_fields:
            return _(": it belongs in the table [%(section)s]", section=section)
    return suggestion(key, SECTIONS) + _(": remove it or put it in its table")


def _plugin_tables(origins: Origins) -> dict[str, dict[str, Any]]:
    tables = {name: deepcopy(table) for name, table in origins.document.items() if name not in SECTIONS}
    for lower, variable in origins.variables.items():
        table, *keys = lower.removeprefix(PREFIX.lower()).split("__")
        if table in SECTIONS or not keys:
            continue
        inner = tables.setdefault(table, {})
        for key in keys[:-1]:
            inner = inner.setdefault(key, {})
            if not isinstance(inner, dict):
                raise ConfigError(
                    _("%(variable)s: %(key)s is no table: remove one", variable=variable, key=key)
                )
        inner[keys[-1]] = os.environ[variable]
    return tables


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _model_at(model: type[BaseModel], keys: Iterable[str]) -> type[BaseModel]:
    for key in keys:
        inner = model.model_fields[key].annotation
        assert isinstance(inner, type)
        model = inner
    return model
