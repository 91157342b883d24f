"""The sample company's own entities, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

Row = dict[str, str]
COMPANIES: Final[tuple[Row, ...]] = (
    {"external_id": "OC-1", "name": "Vinculo Brasil", "legal_name": "Vinculo Comércio Ltda", "country": "BR",
     "city": "São Paulo", "street": "Rua Augusta, 1200", "postal_code": "01304-001", "region": "SP",
     "tax_id": "11.222.333/0001-81", "currency": "BRL", "number_prefix": "BR-", "is_default": "yes"},
    {"external_id": "OC-2", "name": "Vinculo Europe", "legal_name": "Vinculo Europe, Lda", "country": "PT",
     "city": "Lisboa", "street": "Avenida da Liberdade, 110", "postal_code": "1250-146", "region": "",
     "tax_id": "501964843", "currency": "EUR", "number_prefix": "PT-", "is_default": ""},
)  # fmt: skip
OUTLETS: Final[tuple[Row, ...]] = (
    {"external_id": "OO-1", "name": "São Paulo", "company": "OC-1", "city": "São Paulo", "country": "BR"},
    {"external_id": "OO-2", "name": "Curitiba", "company": "OC-1", "city": "Curitiba", "country": "BR"},
    {"external_id": "OO-3", "name": "Lisboa", "company": "OC-2", "city": "Lisboa", "country": "PT"},
)
ACCOUNTS: Final[tuple[Row, ...]] = (
    {"external_id": "OA-1", "name": "Banco do Brasil", "company": "OC-1", "number": "1234-5 67890-1",
     "bank_name": "Banco do Brasil", "bank_code": "BRASBRRJ", "currency": "BRL", "opening_balance": "25000"},
    {"external_id": "OA-2", "name": "Caixa Geral", "company": "OC-2", "number": "PT50000201231234567890154",
     "bank_name": "Caixa Geral de Depósitos", "bank_code": "CGDIPTPL", "currency": "EUR",
     "opening_balance": "8400"},
    {"external_id": "OA-3", "name": "Dollar account", "company": "OC-1", "number": "000123456789",
     "bank_name": "First Harbor Bank", "bank_code": "", "currency": "USD", "opening_balance": "12000"},
)  # fmt: skip
DESKS: Final[tuple[Row, ...]] = (
    {
        "external_id": "OD-1",
        "name": "Caixa São Paulo",
        "company": "OC-1",
        "outlet": "OO-1",
        "currency": "BRL",
    },
    {"external_id": "OD-2", "name": "Caixa Lisboa", "company": "OC-2", "outlet": "OO-3", "currency": "EUR"},
)
FILES: Final = (
    ("own_company", COMPANIES), ("outlet", OUTLETS), ("own_account", ACCOUNTS), ("cash_desk", DESKS),
)  # fmt: skip


def write(folder: Path) -> Iterator[DemoFile]:
    """Write a file for each kind, companies first."""
    for weight, (kind, rows) in enumerate(FILES, start=20):
        path = folder / f"organization_{kind}.csv"
        write_rows(path, tuple(rows[0]), rows)
        yield DemoFile(kind, path, weight=weight)
