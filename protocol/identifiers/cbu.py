"""Argentine uniform bank and virtual account keys (CBU and CVU).

Source: BCRA, Comunicación A 2559 (CBU) and A 6510 (CVU), whose check digits python-stdnum computes; A 6044 (alias: 6 to 20
letters, digits, dots and dashes).
"""

import re

from stdnum.ar import cbu as ar_cbu

from protocol.identifiers.characters import compact, doubts_of, refuse_masked, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading

_ALIAS = re.compile(r"(?=.*[A-Z])[A-Z\d.\-]{6,20}", re.IGNORECASE | re.ASCII)


def is_valid_cbu(number: str) -> bool:
    """Whether `number`, compact, has the length and both check digits."""
    return bool(ar_cbu.is_valid(number))


def is_alias(text: str) -> bool:
    """Whether `text` has the form of a CBU's or CVU's alias."""
    return _ALIAS.fullmatch(text) is not None


def read_cbu(raw: RawIdentifier) -> tuple[Reading, ...]:
    """22 digits of a CBU or CVU. Raises is_other_kind for an alias (an account of "ALIAS"), masked, and the errors of form."""
    text = written(raw.kind, raw.value)
    refuse_masked(raw.kind, text, of_digits=True)
    number = re.sub(r"^C[BV]U", "", compact(text))
    if not number.isdecimal() and is_alias(text):
        raise NotNormalisable(raw.kind, Reason.IS_OTHER_KIND, Kind.ACCOUNT_OTHER)
    require(raw.kind, number, r"\d+", 22, 22)
    return (Reading(raw.kind, number, doubts_of(ar_cbu.validate, number)),)


RULE = Rule(
    Kind.CBU,
    1,
    None,
    read_cbu,
    (
        Example("2850590-9 4009041813520-1", "2850590940090418135201"),
        Example("CBU: 28505909 40090418135201", "2850590940090418135201"),
    ),
)
