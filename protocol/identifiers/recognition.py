"""A pasted text without a kind: what could it be? The officer decides; this only puts candidates in order."""

import re
from dataclasses import dataclass
from enum import StrEnum

from protocol.identifiers.characters import LONGEST_URL, compact, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.messaging_links import chat_number
from protocol.identifiers.mrz import find_mrz
from protocol.identifiers.normalising import normalise
from protocol.identifiers.profiles import profile_in
from protocol.identifiers.values import Doubt, Identifier, RawIdentifier


class Clue(StrEnum):
    """Why a candidate is proposed; the order of the members is the strength, strongest first."""

    SYNTAX = "syntax"
    """Signs that only this kind bears: an @, a scheme, a profile's host, a machine-readable zone."""
    CHECK_DIGIT = "check_digit"
    """The published check digit or checksum fits."""
    ASSIGNED = "assigned"
    """The value lies in a range that the numbering authority has given out."""
    SHAPE = "shape"
    """Length and characters fit, which other kinds may share."""
    CHECK_DIGIT_FAILED = "check_digit_failed"
    """The shape fits but the check digit does not: shown, since the slip may be in the paper."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One kind that the text may be. `identifier` is None where the officer must first add the platform."""

    kind: Kind
    reason_code: Clue
    identifier: Identifier | None


# Leading digits and lengths of the large schemes (ISO/IEC 7812-1 leaves lengths to them).
_CARD = r"4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|3[068]\d{12}|6\d{15,18}"

# What a bare text must look like before a kind is tried at all, so that no list of 25 kinds comes up for every number.
_SHAPES: tuple[tuple[Kind, Clue, str], ...] = (
    (Kind.IBAN, Clue.CHECK_DIGIT, r"[A-Z]{2}\d{2}[A-Z\d]{11,30}"),
    (Kind.CRYPTO_ADDRESS, Clue.CHECK_DIGIT, r"0X[\dA-F]{40}|(?:BC|LTC)1[A-Z\d]{11,87}|[13LMDXT][A-Z\d]{25,34}"),
    (Kind.PIX_KEY, Clue.SYNTAX, r"[\dA-F]{32}"),
    (Kind.CBU, Clue.CHECK_DIGIT, r"\d{22}"),
    (Kind.CLABE, Clue.CHECK_DIGIT, r"\d{18}"),
    (Kind.CONTAINER, Clue.CHECK_DIGIT, r"[A-Z]{3}[UJZ]\d{7}"),
    (Kind.VIN, Clue.CHECK_DIGIT, r"(?=.*[A-Z])(?=.*\d)[A-HJ-NPR-Z\d]{17}"),
    (Kind.IMO, Clue.CHECK_DIGIT, r"(?:IMO)?\d{7}"),
    (Kind.NATIONAL_ID, Clue.CHECK_DIGIT, r"[A-Z\d]{5,18}"),
    (Kind.TAX_ID_COMPANY, Clue.CHECK_DIGIT, r"[A-ZÑ&\d]{8,14}"),
    (Kind.TAX_ID_PERSON, Clue.CHECK_DIGIT, r"[A-ZÑ&\d]{8,14}"),
    (Kind.PAYMENT_CARD, Clue.CHECK_DIGIT, _CARD),
    (Kind.IMEI, Clue.CHECK_DIGIT, r"(?:IMEI)?\d{15}"),
    (Kind.PHONE, Clue.ASSIGNED, r"[^A-Z]{7,24}|[A-Z]{1,10}[^A-Z]{7,24}"),
    (Kind.IMSI, Clue.ASSIGNED, r"(?:IMSI)?\d{15}"),
    (Kind.MAC, Clue.SHAPE, r"[\dA-F]{12}"),
    (Kind.VEHICLE_PLATE, Clue.SHAPE, r"(?=.*[A-Z])(?=.*\d)[A-Z\d]{5,8}"),
    (Kind.PASSPORT, Clue.SHAPE, r"[A-Z]{1,2}\d{6,8}"),
    (Kind.AIRCRAFT_REG, Clue.SHAPE, r"N-?[1-9]\d{0,4}[A-Z]{0,2}|[A-Z]{1,2}-[A-Z\d]{3,5}"),
)
_WRITTEN_OUT = frozenset({Kind.PHONE, Kind.AIRCRAFT_REG})
"""Kinds whose separators are part of the clue."""

_NO_CHECK = frozenset({Doubt.LENGTH_RULE_ONLY, Doubt.NOT_ASSIGNED})


def _syntax(text: str) -> tuple[Kind, ...]:
    """The kinds whose own signs the text bears."""
    if find_mrz(text):
        return (Kind.PASSPORT,)
    if chat_number(text):
        return (Kind.PHONE,)
    if profile_in(text):
        return (Kind.SOCIAL_HANDLE,)
    if re.fullmatch(r"(?:[\dA-F]{2}[:\-]){5}[\dA-F]{2}", text, re.I):
        return (Kind.MAC,)
    if "@" in text or "[at]" in text:
        return (Kind.EMAIL, Kind.SOCIAL_HANDLE)
    return (Kind.IP, Kind.URL, Kind.DOMAIN)


def _attempt(raw: RawIdentifier) -> Identifier | Reason:
    try:
        return normalise(raw)[0]
    except NotNormalisable as error:
        return error.reason_code


def _by_syntax(text: str) -> list[Candidate]:
    candidates = []
    for kind in _syntax(text):
        found = _attempt(RawIdentifier(kind, text))
        if found is Reason.NEEDS_PLATFORM:
            candidates.append(Candidate(kind, Clue.SYNTAX, None))
        elif isinstance(found, Identifier) and not (kind is Kind.DOMAIN and Doubt.NOT_ASSIGNED in found.doubts):
            candidates.append(Candidate(kind, Clue.SYNTAX, found))
    return candidates


def _clue(strongest: Clue, doubts: frozenset[Doubt]) -> Clue:
    if Doubt.CHECK_DIGIT_FAILED in doubts:
        return Clue.CHECK_DIGIT_FAILED
    return Clue.SHAPE if doubts & _NO_CHECK else strongest


def _by_shape(text: str, country: str | None) -> list[Candidate]:
    number = compact(text)
    candidates = []
    for kind, strongest, shape in _SHAPES:
        if re.fullmatch(shape, text.upper() if kind in _WRITTEN_OUT else number, re.ASCII):
            found = _attempt(RawIdentifier(kind, text, country))
            if isinstance(found, Identifier) and not (strongest is Clue.ASSIGNED and Doubt.NOT_ASSIGNED in found.doubts):
                candidates.append(Candidate(kind, _clue(strongest, found.doubts), found))
    return candidates


def recognise(text: str, default_country: str | None) -> tuple[Candidate, ...]:
    """The kinds that `text` may be, best first; empty when nothing fits.

    `default_country` (ISO 3166-1 alpha-2) is taken for the issuing state, the plate's state and the phone's region;
    None leaves out what needs one. A machine-readable zone names its own state.
    """
    try:
        plain = written(Kind.URL, text, LONGEST_URL)
    except NotNormalisable:
        return ()
    candidates = _by_syntax(plain) or _by_shape(plain, default_country)
    strength = list(Clue)
    return tuple(sorted(candidates, key=lambda candidate: strength.index(candidate.reason_code)))
