"""Argentine uniform bank and virtual account keys (CBU and CVU). Source: BCRA A 2559, as python-stdnum has it."""

import re

from stdnum.ar import cbu as ar_cbu

from protocol.identifiers.characters import compact, doubts_of, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


def read_cbu(raw: RawIdentifier) -> tuple[Reading, ...]:
    """22 digits of a CBU or CVU. Raises the errors of form."""
    number = re.sub(r"^C[BV]U", "", compact(written(raw.kind, raw.value)))
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
