"""Bank accounts that have no kind of their own: state, bank and number. Source of bank codes: ISO 9362 (BIC)."""

import re
import unicodedata

from protocol.identifiers.cbu import is_alias, is_valid_cbu
from protocol.identifiers.characters import compact, refuse_masked, require, written
from protocol.identifiers.clabe import clabe_check_digit
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.iban import is_valid_iban
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import known_country
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_ALIAS = "ALIAS"
"""In the place of a bank: aliases are unique over all Argentine banks and wallets."""


def _bank_code(kind: Kind, country: str, bank: str) -> str:
    """A BIC without its branch (ISO 9362), else the code's letters and digits without accents."""
    plain = "".join(c for c in unicodedata.normalize("NFD", written(kind, bank)) if not unicodedata.combining(c))
    code = compact(plain)
    require(kind, code, r"[A-Z\d]+", 1, 40)
    # A bank's name may have eleven letters too: only its own country in the fifth and sixth place makes a BIC.
    return code[:8] if re.fullmatch(rf"[A-Z]{{4}}{country}[A-Z\d]{{5}}", code) else code


def _better_kind(country: str, number: str) -> Kind | None:
    if is_valid_iban(number):
        return Kind.IBAN
    if country == "AR" and is_valid_cbu(number):
        return Kind.CBU
    if country == "MX" and re.fullmatch(r"\d{18}", number) and clabe_check_digit(number[:17]) == int(number[17]):
        return Kind.CLABE
    return None


def read_account_other(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State, bank and number, such as "PE:BCPLPEPL:1910000000012"; zeros in front of the number stay as written.

    The alias of an Argentine CBU or CVU is "AR:ALIAS:" and the alias with its dots: no bank is needed to find it.
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
    refuse_masked(raw.kind, text)
    if country == "AR" and (bank is None or bank.strip().upper() == _ALIAS) and is_alias(text):
        return (Reading(raw.kind, f"AR:{_ALIAS}:{text.upper()}", frozenset({Doubt.LENGTH_RULE_ONLY})),)
    number = compact(text)
    better = _better_kind(country, number)
    if better:
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, better)
    if bank is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_BANK)
    require(raw.kind, number, r"(?=.*\d)[A-Z\d]+", 4, 34)
    return (Reading(raw.kind, f"{country}:{_bank_code(raw.kind, country, bank)}:{number}", frozenset({Doubt.LENGTH_RULE_ONLY})),)


RULE = Rule(
    Kind.ACCOUNT_OTHER,
    1,
    None,
    read_account_other,
    (
        Example("191-0000000-0-12", "PE:BCPLPEPL:1910000000012", country="PE", bank="BCPLPEPLXXX"),
        Example("191-012", "CO:BANCOLDEMAR:191012", country="CO", bank="Bancoldemar"),
    ),
)
