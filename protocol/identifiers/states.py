"""Which state issued it: ISO 3166-1, and ISO 3166-2 where a state's parts number on their own."""

import re

import pycountry

from protocol.identifiers.characters import written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.values import RawIdentifier

# Abbreviations of documents in front of a number: to an officer in Bogotá, "CC: 1020304050" is a Colombian cédula and
# not a document of the Cocos Islands.
_LABELS = frozenset({"BN", "CC", "CE", "CI", "DU", "ID", "LC", "LE", "NE", "RC", "RG", "TI"})


def is_country(code: str) -> bool:
    """Whether the code, in capitals, is one of ISO 3166-1 alpha-2."""
    return re.fullmatch("[A-Z]{2}", code) is not None and pycountry.countries.get(alpha_2=code) is not None


def known_country(raw: RawIdentifier, code: str) -> str:
    """The code in upper case. Raises unknown_country."""
    upper = code.strip().upper()
    if not is_country(upper):
        raise NotNormalisable(raw.kind, Reason.UNKNOWN_COUNTRY)
    return upper


def known_subdivision(raw: RawIdentifier, country: str, code: str) -> str:
    """The full ISO 3166-2 code, from "TX" or "US-TX". Raises unknown_subdivision."""
    upper = code.strip().upper().removeprefix(f"{country}-")
    # pycountry types the look-up of countries, but not that of subdivisions.
    if pycountry.subdivisions.get(code=f"{country}-{upper}") is None:  # type: ignore[no-untyped-call]
        raise NotNormalisable(raw.kind, Reason.UNKNOWN_SUBDIVISION)
    return f"{country}-{upper}"


def issuing_state(raw: RawIdentifier) -> tuple[str, str]:
    """(country, what remains of the text). A canonical form brings its country along as "CO:".

    Raises needs_country, unknown_country, or conflicting_context when the text names another country.
    """
    text = written(raw.kind, raw.value)
    prefix = re.match(r"([A-Za-z]{2}):", text)
    named = prefix[1].upper() if prefix else None
    given = named if raw.country is None else raw.country
    if given is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_COUNTRY)
    country = known_country(raw, given)
    if prefix is None or (named != country and named in _LABELS):
        return country, text
    if named != country:
        raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
    return country, text[prefix.end() :]
