"""Keys of the Brazilian instant payments.

Source: BCB, Manual Operacional do DICT (kinds of key: CPF, CNPJ, e-mail, mobile with +55, random UUID); `pix_payload` for
what a QR code holds. Only a random key is a key of its own kind: the others are that person's number or address.
"""

import re
from dataclasses import replace
from uuid import UUID

from stdnum.br import cnpj as br_cnpj
from stdnum.br import cpf as br_cpf

from protocol.identifiers import email, phone, tax_id_company, tax_id_person, url
from protocol.identifiers.characters import compact, refuse_masked, require, visible, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.pix_payload import payload_in
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LONGEST_PAYLOAD = 512
"""Characters: the longest that EMVCo allows in one code."""

_PERSON = re.compile(r"\d{3}\.\d{3}\.\d{3}-\d{2}", re.ASCII)
_COMPANY = re.compile(r"[A-Z\d]{2}\.[A-Z\d]{3}\.[A-Z\d]{3}/[A-Z\d]{4}-\d{2}", re.IGNORECASE | re.ASCII)
_RULES = {rule.kind: rule for rule in (email.RULE, phone.RULE, tax_id_company.RULE, tax_id_person.RULE, url.RULE)}


def _as(kind: Kind, value: str) -> tuple[Reading, ...]:
    """The key as the other kind that it is. What that kind refuses is refused as a PIX key."""
    try:
        return _RULES[kind].read(RawIdentifier(kind, value, None if kind is Kind.EMAIL else "BR"))
    except NotNormalisable as refused:
        raise NotNormalisable(Kind.PIX_KEY, refused.reason_code, refused.other_kind) from None


def _is_mobile(digits: str) -> bool:
    return re.fullmatch(r"(?:55)?[1-9]{2}9\d{8}", digits, re.ASCII) is not None


def _key(text: str) -> tuple[Reading, ...]:
    digits = compact(text)
    if "@" in text:
        return _as(Kind.EMAIL, text)
    if re.match(r"\(?\+", text) or re.match(r"\(\d{2}\)", text, re.ASCII):
        return _as(Kind.PHONE, text)
    if _COMPANY.fullmatch(text) or br_cnpj.is_valid(digits):
        return _as(Kind.TAX_ID_COMPANY, text)
    if _PERSON.fullmatch(text):
        return _as(Kind.TAX_ID_PERSON, text)
    if br_cpf.is_valid(digits) and _is_mobile(digits):
        # Eleven digits that are a valid CPF and a mobile: one mobile in a hundred is.
        raise NotNormalisable(Kind.PIX_KEY, Reason.NEEDS_SEPARATORS)
    if br_cpf.is_valid(digits):
        return _as(Kind.TAX_ID_PERSON, text)
    if _is_mobile(digits):
        return _as(Kind.PHONE, digits)
    require(Kind.PIX_KEY, digits, r"[\dA-F]+", 32, 32)
    return (Reading(Kind.PIX_KEY, str(UUID(digits))),)


def read_pix_key(raw: RawIdentifier) -> tuple[Reading, ...]:
    """A random key: a UUID in lower case. Any other key is read as the phone, e-mail or tax number that it is.

    The text behind a QR code gives its key, or the URL of its charge; a broken checksum gives check_digit_failed. Raises
    needs_separators for digits that are a CPF and a mobile at once, masked, and the errors of form.
    """
    payload = payload_in(visible(raw.value)) if len(raw.value) <= _LONGEST_PAYLOAD else None
    if payload is None:
        text = written(raw.kind, raw.value)
        refuse_masked(raw.kind, text)
        return _key(text)
    found = _key(written(raw.kind, payload.key)) if payload.key else _as(Kind.URL, payload.address or "")
    if payload.intact:
        return found
    return tuple(replace(each, doubts=each.doubts | {Doubt.CHECK_DIGIT_FAILED}) for each in found)


RULE = Rule(
    Kind.PIX_KEY,
    2,
    None,
    read_pix_key,
    (
        Example("123E4567-E89B-42D3-A456-426614174000", "123e4567-e89b-42d3-a456-426614174000"),
        Example("+55 (11) 98765-4321", "+5511987654321"),
        Example("390.533.447-05", "BR:39053344705"),
    ),
)
