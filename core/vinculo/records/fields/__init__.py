"""The fields that kinds of records are made of.

A field reads a value three ways (JSON, form text, file text), checks it, and shows it three ways
(JSON, form text, page). ``ValueError`` means: this value does not fit, and says why and what would.
"""

from vinculo.records.fields.base import Field, When
from vinculo.records.fields.choices import (
    ChoiceField,
    CodeField,
    CountryField,
    CurrencyField,
    LinkField,
    YesNoField,
)
from vinculo.records.fields.evidence import EvidenceField
from vinculo.records.fields.figures import FigureField
from vinculo.records.fields.numbers import MAX_AMOUNT, AmountField, DurationField, IntegerField, RateField
from vinculo.records.fields.parts import PartField
from vinculo.records.fields.prices import PriceField
from vinculo.records.fields.several import SeveralField
from vinculo.records.fields.texts import TextField, UrlField
from vinculo.records.fields.times import DateField, MomentField, TimeField

__all__ = [
    "MAX_AMOUNT",
    "AmountField",
    "ChoiceField",
    "CodeField",
    "CountryField",
    "CurrencyField",
    "DateField",
    "DurationField",
    "EvidenceField",
    "Field",
    "FigureField",
    "IntegerField",
    "LinkField",
    "MomentField",
    "PartField",
    "PriceField",
    "RateField",
    "SeveralField",
    "TextField",
    "TimeField",
    "UrlField",
    "When",
    "YesNoField",
]
