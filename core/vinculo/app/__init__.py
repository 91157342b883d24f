"""The composition root: settings → database → plugins → app. An app is a function of these alone."""

from vinculo.app.building import (
    Host,
    assemble,
    assemble_sound,
    build,
    job_handlers,
    make_site,
    prepare_jobs,
)
from vinculo.app.composition import (
    KERNEL,
    KERNEL_HISTORY,
    all_histories,
    enabled,
    enabled_histories,
    histories,
    load_registry,
)
from vinculo.app.live import Live, factory
from vinculo.app.switchboard import Switchboard

__all__ = [
    "KERNEL",
    "KERNEL_HISTORY",
    "Host",
    "Live",
    "Switchboard",
    "all_histories",
    "assemble",
    "assemble_sound",
    "build",
    "enabled",
    "enabled_histories",
    "factory",
    "histories",
    "job_handlers",
    "load_registry",
    "make_site",
    "prepare_jobs",
]
