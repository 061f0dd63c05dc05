"""Random keys of the Brazilian instant payments. Source: BCB Resolution 1/2020, annex: keys of the DICT."""

import re
from uuid import UUID

from stdnum.br import cnpj as br_cnpj
from stdnum.br import cpf as br_cpf

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import RawIdentifier, Reading


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


RULE = Rule(
    Kind.PIX_KEY,
    1,
    None,
    read_pix_key,
    (
        Example("123E4567-E89B-42D3-A456-426614174000", "123e4567-e89b-42d3-a456-426614174000"),
        Example("123e4567e89b42d3a456426614174000", "123e4567-e89b-42d3-a456-426614174000"),
    ),
)
