"""Bank accounts, PIX keys and payment cards.

Source: ISO 13616 (IBAN), BCRA A 2559 (CBU), Banxico's SPEI manual (CLABE, weights 3-7-1), ISO/IEC 7812-1 (Luhn).
"""

import re
import unicodedata
from uuid import UUID

from schwifty import IBAN
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException
from stdnum import luhn
from stdnum.ar import cbu as ar_cbu
from stdnum.br import cnpj as br_cnpj
from stdnum.br import cpf as br_cpf

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.states import known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading


def clabe_check_digit(digits: str) -> int:
    """Of the first 17 digits: each product with 3, 7, 1 modulo 10, their sum's complement to ten."""
    return -sum((3, 7, 1)[i % 3] * int(d) % 10 for i, d in enumerate(digits)) % 10


def _iban_fault(number: str) -> Doubt | Reason | None:
    """What the registry finds. schwifty's errors quote the number, so they must not be the context of one of ours."""
    try:
        IBAN(number)
    except InvalidChecksumDigits:
        return Doubt.CHECK_DIGIT_FAILED
    except InvalidCountryCode:
        return Doubt.LENGTH_RULE_ONLY
    except InvalidLength:
        return Reason.WRONG_LENGTH
    except SchwiftyException:
        return Reason.WRONG_CHARACTERS
    return None


def read_iban(raw: RawIdentifier) -> tuple[Reading, ...]:
    """Electronic form. A state outside the registry gives length_rule_only. Raises the errors of form."""
    number = compact(written(raw.kind, raw.value)).removeprefix("IBAN")
    require(raw.kind, number, r"[A-Z]{2}\d{2}[A-Z\d]+", 15, 34)
    found = _iban_fault(number)
    if isinstance(found, Reason):
        raise NotNormalisable(raw.kind, found)
    if found is Doubt.LENGTH_RULE_ONLY:
        known_country(raw, number[:2])
    return (Reading(raw.kind, number, frozenset({found} if found else ())),)


def read_cbu(raw: RawIdentifier) -> tuple[Reading, ...]:
    """22 digits of a CBU or CVU. Raises the errors of form."""
    number = re.sub(r"^C[BV]U", "", compact(written(raw.kind, raw.value)))
    require(raw.kind, number, r"\d+", 22, 22)
    return (Reading(raw.kind, number, doubts_of(ar_cbu.validate, number)),)


def read_clabe(raw: RawIdentifier) -> tuple[Reading, ...]:
    """18 digits. Raises the errors of form."""
    number = compact(written(raw.kind, raw.value)).removeprefix("CLABE")
    require(raw.kind, number, r"\d+", 18, 18)
    fits = clabe_check_digit(number[:17]) == int(number[17])
    return (Reading(raw.kind, number, frozenset(() if fits else {Doubt.CHECK_DIGIT_FAILED})),)


def read_pix_key(raw: RawIdentifier) -> tuple[Reading, ...]:
    """A random key, a UUID in lower case. The other PIX keys raise is_other_kind: they are that phone, number, address."""
    text = written(raw.kind, raw.value)
    digits = compact(text)
    other = None
    if "@" in text:
        other = Kind.EMAIL
    elif re.fullmatch(r"\(?\+\d{8,15}", re.sub(r"[ ()\-]", "", text), re.ASCII):
        other = Kind.PHONE
    elif br_cpf.is_valid(digits):
        other = Kind.TAX_ID_PERSON
    elif br_cnpj.is_valid(digits):
        other = Kind.TAX_ID_COMPANY
    if other:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, other)
    require(raw.kind, digits, r"[\dA-F]+", 32, 32)
    return (Reading(raw.kind, str(UUID(digits))),)


def _bank_code(kind: Kind, country: str, bank: str) -> str:
    """A BIC without its branch (ISO 9362), else the code's letters and digits without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFD", written(kind, bank)) if not unicodedata.combining(c))
    code = compact(plain)
    require(kind, code, r"[A-Z\d]+", 1, 40)
    # A bank's name may have eleven letters too: only its own country in the fifth and sixth place makes a BIC.
    return code[:8] if re.fullmatch(rf"[A-Z]{{4}}{country}[A-Z\d]{{5}}", code) else code


def _better_kind(country: str, number: str) -> Kind | None:
    if IBAN(number, allow_invalid=True).is_valid:
        return Kind.IBAN
    if country == "AR" and ar_cbu.is_valid(number):
        return Kind.CBU
    if country == "MX" and re.fullmatch(r"\d{18}", number) and clabe_check_digit(number[:17]) == int(number[17]):
        return Kind.CLABE
    return None


def read_account_other(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State, bank and number, such as "PE:BCPLPEPL:1910000000012"; zeros in front of the number stay as written.

    Raises needs_country, needs_bank, unknown_country, conflicting_context; is_other_kind for a valid IBAN, or a valid
    CBU or CLABE of its country; and the errors of form.
    """
    text = written(raw.kind, raw.value)
    country = None if raw.country is None else known_country(raw, raw.country)
    bank = raw.bank
    named = re.fullmatch(r"([A-Z]{2}):([A-Z\d]{1,40}):(.+)", text.upper(), re.ASCII)
    if named:
        given = country or known_country(raw, named[1])
        if (given, _bank_code(raw.kind, given, bank or named[2])) != (named[1], named[2]):
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
        country, bank, text = given, named[2], named[3]
    if country is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_COUNTRY)
    number = compact(text)
    better = _better_kind(country, number)
    if better:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, better)
    if bank is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_BANK)
    require(raw.kind, number, r"(?=.*\d)[A-Z\d]+", 4, 34)
    return (Reading(raw.kind, f"{country}:{_bank_code(raw.kind, country, bank)}:{number}", frozenset({Doubt.LENGTH_RULE_ONLY})),)


def read_payment_card(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The whole number, 12 to 19 digits. Raises the errors of form; a masked number is wrong_characters."""
    number = compact(written(raw.kind, raw.value))
    require(raw.kind, number, r"\d+", 12, 19)
    return (Reading(raw.kind, number, doubts_of(luhn.validate, number)),)
