"""Tax numbers, registrations and bank accounts that pass the check of their country, made up."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from stdnum import iban, luhn
from stdnum.br import cnpj
from stdnum.es import ccc, cif
from stdnum.fr import siren
from stdnum.gb import vat as gb_vat
from stdnum.iso7064 import mod_11_10
from stdnum.jp import cn
from stdnum.pt import nif
from stdnum.ru import inn, ogrn

from vinculo.demo.places import fill


@dataclass(frozen=True)
class TaxNumber:
    """A number and the scheme it belongs to, named as python-stdnum names its module."""

    scheme: str
    number: str


@dataclass(frozen=True)
class BankAccount:
    """An account as the country writes it: an IBAN where it has them, else the domestic number."""

    number: str
    bic: str


def _cnpj(rng: Random) -> str:
    base = fill(rng, "########0001")
    return cnpj.format(base + cnpj.calc_check_digits(base))


def _inn(rng: Random) -> str:
    base = rng.choice(("77", "78", "54", "66", "16", "52", "57")) + fill(rng, "#######")
    return base + inn.calc_company_check_digit(base)


def _bin(rng: Random) -> str:
    """Kazakhstan's BIN: year and month of registration, kind of entity, serial, check digit."""
    while True:
        base = f"{rng.randint(1, 23):02d}{rng.randint(1, 12):02d}40{fill(rng, '#####')}"
        for first in (1, 3):
            check = sum(int(digit) * ((index + first - 1) % 11 + 1) for index, digit in enumerate(base)) % 11
            if check < 10:
                return f"{base}{check}"


def _nif(rng: Random) -> str:
    base = "5" + fill(rng, "#######")
    return base + nif.calc_check_digit(base)


def _ust_idnr(rng: Random) -> str:
    base = str(rng.randint(1, 9)) + fill(rng, "#######")
    return "DE" + base + mod_11_10.calc_check_digit(base)


def _gb_vat(rng: Random) -> str:
    base = str(rng.randint(2, 9)) + fill(rng, "######")
    return f"GB{base}{-gb_vat.checksum(base + '00') % 97:02d}"


def _ein(rng: Random) -> str:
    return rng.choice(("12", "20", "27", "36", "47", "58", "81", "94")) + fill(rng, "-#######")


def _siren(rng: Random) -> str:
    base = str(rng.randint(3, 8)) + fill(rng, "#######")
    return siren.format(base + luhn.calc_check_digit(base))


def _cif(rng: Random) -> str:
    base = "B" + rng.choice(("28", "08")) + fill(rng, "#####")
    return base + cif.calc_check_digits(base)[0]


def _corporate_number(rng: Random) -> str:
    base = "01" + fill(rng, "##########")
    return cn.calc_check_digit(base) + base


_TAX: dict[str, tuple[str, Callable[[Random], str]]] = {
    "BR": ("br.cnpj", _cnpj),
    "RU": ("ru.inn", _inn),
    "KZ": ("kz.bin", _bin),
    "PT": ("pt.nif", _nif),
    "DE": ("de.vat", _ust_idnr),
    "GB": ("gb.vat", _gb_vat),
    "US": ("us.ein", _ein),
    "FR": ("fr.siren", _siren),
    "ES": ("es.cif", _cif),
    "JP": ("jp.cn", _corporate_number),
}


def tax_number(rng: Random, country: str) -> TaxNumber:
    """A company's tax number with right check digits."""
    scheme, make = _TAX[country]
    return TaxNumber(scheme, make(rng))


def registration_number(rng: Random, country: str, region: str) -> str:
    """The number in the register of companies; empty where the tax number is the registration."""
    match country:
        case "RU":
            base = f"1{rng.randint(2, 23):02d}{fill(rng, '77#######')}"
            return base + ogrn.calc_check_digit(base + "0")
        case "BR":
            return fill(rng, "35.###.###.###") if region == "SP" else fill(rng, "41.###.###.###")
        case "DE":
            return "HRB " + str(rng.randint(1000, 99999))
        case "GB":
            return fill(rng, "0#######")
        case _:
            return ""


def bank_account(rng: Random, country: str) -> BankAccount:
    """An account at an invented bank; its BIC is that bank's, made up as well."""
    if country == "RU":
        return _russian_account(rng)
    if country == "US":
        return BankAccount(fill(rng, "1#########"), "HBTRUS33")
    if country == "JP":
        return BankAccount(fill(rng, "#######"), "MIHOJPJT")
    return BankAccount(_iban(country, _BBAN[country](rng)), f"{_BANK_CODES[country]}{country}22")


def _russian_account(rng: Random) -> BankAccount:
    """The ninth digit of a Russian account is the check digit over the end of the bank's BIK."""
    bik = "044525" + rng.choice(("917", "934", "951"))
    head, tail = "40702810", fill(rng, "###########")
    weighted = sum(int(d) * (7, 1, 3)[i % 3] for i, d in enumerate(f"{bik[-3:]}{head}0{tail}"))
    return BankAccount(f"{head}{weighted * 3 % 10}{tail}", bik)


def _iban(country: str, bban: str) -> str:
    return country + iban.calc_check_digits(f"{country}00{bban}") + bban


def _bban_es(rng: Random) -> str:
    bank, account = "9870" + fill(rng, "0###"), fill(rng, "##########")
    return bank + ccc.calc_check_digits(f"{bank}00{account}") + account


def _bban_pt(rng: Random) -> str:
    base = "9871" + fill(rng, "00#############")
    return f"{base}{98 - int(base) * 100 % 97:02d}"


def _bban_fr(rng: Random) -> str:
    bank, branch, account = "98711", fill(rng, "00###"), fill(rng, "000########")
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(account)) % 97
    return f"{bank}{branch}{account}{key:02d}"


_BBAN: dict[str, Callable[[Random], str]] = {
    "BR": lambda rng: "98700000" + fill(rng, "0####000#######C1"),
    "KZ": lambda rng: "987" + fill(rng, "KZT##########"),
    "PT": _bban_pt,
    "DE": lambda rng: "98710020" + fill(rng, "0#########"),
    "GB": lambda rng: "VNCB" + fill(rng, "98############"),
    "FR": _bban_fr,
    "ES": _bban_es,
}
_BANK_CODES = {
    "BR": "BHZT", "KZ": "DALA", "PT": "BMAR", "DE": "LNDK", "GB": "VNCB", "FR": "CRHD", "ES": "BRIB",
}  # fmt: skip
