"""The pages of this room."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from litestar.types import ControllerRouterHandler

from vinculo.accounts import (
    factor_pages,
    leaving_pages,
    oidc_pages,
    pages,
    reset_pages,
    rights_pages,
    role_pages,
    security_pages,
    settings_pages,
    step_pages,
    token_pages,
    user_pages,
    user_security_pages,
)

HANDLERS: Final[Sequence[ControllerRouterHandler]] = [
    *pages.handlers,
    *step_pages.handlers,
    *oidc_pages.handlers,
    *reset_pages.handlers,
    *settings_pages.handlers,
    *security_pages.handlers,
    *factor_pages.handlers,
    *token_pages.handlers,
    *user_pages.handlers,
    *user_security_pages.handlers,
    *leaving_pages.handlers,
    *role_pages.handlers,
    *rights_pages.handlers,
]
