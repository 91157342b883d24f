"""What vouchers add to Vinculo."""

from __future__ import annotations

from collections.abc import Iterator

from vinculo.plugins.hookspecs import hookimpl
from vinculo.records.kind import RecordKind
from vinculo_vouchers import records


@hookimpl
def record_kinds() -> Iterator[RecordKind]:
    """Vouchers."""
    yield records.voucher
