"""Answers for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response

JSON: Final = "application/json"


def json_answer(
    value: Any, *, status: int = 200, etag: int | None = None, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """A struct, or anything msgspec knows, as JSON; ``etag`` is the version of the record that it shows."""
    head = dict(headers or {})
    if etag is not None:
        head["ETag"] = f'"{etag}"'
    return Response(msgspec.json.encode(value), status_code=status, media_type=JSON, headers=head)
