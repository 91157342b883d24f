"""The sample company's catalog, as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from vinculo.demo.files import write_rows
from vinculo.plugins.contributions import DemoFile

Row = dict[str, str]
GROUPS: Final[tuple[Row, ...]] = (
    {"external_id": "CG-1", "name": "Coffee", "parent": ""},
    {"external_id": "CG-2", "name": "Beans", "parent": "CG-1"},
    {"external_id": "CG-3", "name": "Machines", "parent": "CG-1"},
    {"external_id": "CG-4", "name": "Services", "parent": ""},
)
UNITS: Final[tuple[Row, ...]] = (
    {"external_id": "CU-1", "code": "pcs", "name": "piece"},
    {"external_id": "CU-2", "code": "kg", "name": "kilogram"},
    {"external_id": "CU-3", "code": "h", "name": "hour"},
)
BARCODES: Final = {"CUP": "4006381333931", "GRIND-1": "7891000100103", "BEAN-ESP": "4607001771562"}
VARIANTS: Final[tuple[Row, ...]] = tuple(
    {
        "external_id": f"CV-{number}",
        "product": "CP-7",
        "name": f"Cup, {colour}",
        "sku": f"CUP-{code}",
        "surcharge": more,
    }
    for number, (colour, code, more) in enumerate(
        (("white", "WH", ""), ("black", "BL", "0.50"), ("gold rim", "GO", "2.10")), start=1
    )
)
LISTS: Final[tuple[Row, ...]] = (
    {"external_id": "CL-1", "name": "Wholesale", "priority": "0"},
    {"external_id": "CL-2", "name": "Autumn offers", "priority": "10"},
)
_RULES: Final = (  # name, list, product, group, from quantity, formula, amount
    ("Beans from 10 kg", "CL-1", "", "CG-2", "10", "discount", "8"),
    ("Beans from 50 kg", "CL-1", "", "CG-2", "50", "discount", "15"),
    ("Cups by the hundred", "CL-1", "CP-7", "", "100", "fixed", "3.20"),
    ("Two groups, autumn", "CL-2", "CP-5", "", "0", "fixed", "3190.00"),
)
_COLUMNS: Final = ("sku", "name", "type", "group", "unit", "price", "cost", "tax_rate", "stage")
_PRODUCTS: Final = (
    ("BEAN-ESP", "Espresso beans", "goods", "CG-2", "CU-2", "24.00", "13.50", "20", "regular"),
    ("BEAN-FIL", "Filter beans", "goods", "CG-2", "CU-2", "21.00", "11.80", "20", "regular"),
    ("BEAN-DEC", "Decaf beans", "goods", "CG-2", "CU-2", "26.50", "15.10", "20", "entering"),
    ("MACH-1", "Espresso machine, one group", "goods", "CG-3", "CU-1", "1890.00", "1240.00", "20", "regular"),
    (
        "MACH-2",
        "Espresso machine, two groups",
        "goods",
        "CG-3",
        "CU-1",
        "3450.00",
        "2310.00",
        "20",
        "regular",
    ),
    ("GRIND-1", "Grinder", "goods", "CG-3", "CU-1", "420.00", "260.00", "20", "leaving"),
    ("CUP", "Cup", "goods", "CG-1", "CU-1", "4.90", "1.70", "20", "regular"),
    ("SERV-H", "Repair", "service", "CG-4", "CU-3", "65.00", "", "20", "regular"),
    ("SERV-T", "Barista training", "service", "CG-4", "CU-3", "80.00", "", "20", "regular"),
)


def write(folder: Path) -> Sequence[DemoFile]:
    """Write groups, units, products, their variants and price lists."""
    products = [
        {
            "external_id": f"CP-{number}",
            **dict(zip(_COLUMNS, row, strict=True)),
            "barcode": BARCODES.get(row[0], ""),
        }
        for number, row in enumerate(_PRODUCTS, start=1)
    ]
    named = ("name", "list", "product", "group", "min_quantity", "formula", "amount")
    rules = [
        {"external_id": f"CR-{number}", **dict(zip(named, row, strict=True))}
        for number, row in enumerate(_RULES, start=1)
    ]
    files = (
        ("product_group", GROUPS), ("unit", UNITS), ("product", products), ("variant", VARIANTS),
        ("price_list", LISTS), ("price_rule", rules),
    )  # fmt: skip
    found = []
    for weight, (kind, rows) in enumerate(files, start=30):
        path = folder / f"catalog_{kind}.csv"
        write_rows(path, tuple(rows[0]), rows)
        found.append(DemoFile(kind, path, weight=weight))
    return found
