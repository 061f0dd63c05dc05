"""Plates of road vehicles: state, subdivision where plates repeat, and the characters on the plate."""

import re

from protocol.identifiers.characters import compact, refuse_masked, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.plate_forms import PLATE_FORMS, fits_a_form
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state, known_country, known_subdivision
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_PLATES_REPEAT = frozenset({"CA", "US"})
"""States whose provinces or states number on their own."""

_LOOKALIKES = str.maketrans("OI", "01")
_WORDS = re.compile(
    r"(?:placas?|patentes?|matr[ií]culas?|chapas?|dominio|(?:licen[cs]e |number |registration )?plates?|plaques?)"
    r"(?: (?:n[o°]|nro|num|n[uú]mero|no)\b\.?)?[ :.\-]+(?=.)",
    re.IGNORECASE,
)

_MERCOSUR_LETTERS = "ABCDEFGHIJ"
_BRAZILIAN = re.compile(rf"([A-Z]{{3}}\d)([{_MERCOSUR_LETTERS}])(\d\d)", re.ASCII)
"""CONTRAN's conversion: A for 0 to J for 9 in the fifth place. A vehicle keeps the other characters when it changes over."""

_MOST_WORDS = 10
"""On a plate and before it. Each pair of ends is tried, so that a long text would cost its square."""

_CHILEAN_CHECKED = re.compile(r"([A-Z\d]{6})[\dK]", re.ASCII)
"""No plate of Chile has seven characters: the seventh is the check digit that papers have behind a dash."""
_SHORTENED = {
    "CL": re.compile(r"([A-Z]{2})0?(\d{3})|([A-Z]{3})0?(\d{2})", re.ASCII),
    "EC": re.compile(r"([A-Z]{3})0?(\d{3})", re.ASCII),
}
"""The registers fill up the numbers of Chile's motorcycles and of Ecuador's older plates with a zero that is not on the plate."""


def _parts(country: str, number: str) -> tuple[str, str] | None:
    """Letters and digits of a plate that has a zero between them in the register but not on the plate, else None."""
    found = _SHORTENED[country].fullmatch(number) if country in _SHORTENED else None
    if found is None:
        return None
    letters, digits = (each for each in found.groups() if each)
    return letters, digits


def _in_register(country: str, number: str) -> str:
    """The form in which the register keeps a plate that is written in two ways."""
    checked = _CHILEAN_CHECKED.fullmatch(number) if country == "CL" else None
    plate = checked[1] if checked else number
    parts = _parts(country, plate)
    return f"{parts[0]}0{parts[1]}" if parts else plate


def _without_places(country: str, text: str) -> str:
    """The compact plate without the names of places that are printed on it, as in "BOGOTA D.C. ABC 123".

    Words at either end go, one of four letters or more among them, and only if a form of the state is what remains. A text of
    more than ten words stays whole.
    """
    whole = _in_register(country, compact(text))
    if fits_a_form(country, whole):
        return whole
    words = text.split()
    if len(words) > _MOST_WORDS:
        return whole
    for left in range(len(words)):
        for right in range(len(words) - left):
            gone = words[:left] + words[len(words) - right :]
            if any(len(word) >= 4 for word in gone) and not any(map(str.isdecimal, "".join(gone))):
                number = _in_register(country, compact("".join(words[left : len(words) - right])))
                if fits_a_form(country, number):
                    return number
    return whole


def _place(raw: RawIdentifier) -> tuple[str, str, str]:
    """(state, what stands in the key for it, what remains of the text)."""
    text = written(raw.kind, raw.value)
    named = re.match(r"([A-Za-z]{2})-([A-Za-z\d]{1,3}):", text)
    if named:
        country = known_country(raw, raw.country or named[1])
        if (country, known_subdivision(raw, country, raw.subdivision or named[2])) != (
            named[1].upper(),
            f"{country}-{named[2].upper()}",
        ):
            raise NotNormalisable(raw.kind, Reason.CONFLICTING_CONTEXT)
        subdivision, text = named[2], text[named.end() :]
    else:
        country, text = issuing_state(raw)
        subdivision = raw.subdivision
    if country not in _PLATES_REPEAT:
        return country, country, text
    if subdivision is None:
        raise NotNormalisable(raw.kind, Reason.NEEDS_SUBDIVISION)
    return country, known_subdivision(raw, country, subdivision), text


def _doubts(country: str, number: str) -> frozenset[Doubt]:
    if country not in PLATE_FORMS:
        return frozenset({Doubt.LENGTH_RULE_ONLY})
    return frozenset(() if fits_a_form(country, number) else {Doubt.NOT_ASSIGNED})


def read_plate(raw: RawIdentifier) -> tuple[Reading, ...]:
    """State and plate, such as "AR:AB123CD", or "US-TX:ABC1234" where plates repeat between a country's states.

    O and I are kept as written; if there are any, the plate with 0 and 1 in their place follows as an alternative key. A
    Brazilian plate of Mercosur's form is followed by the form that the vehicle had before. A plate of no form of its state
    has the doubt not_assigned. Raises needs_country, needs_subdivision, unknown_country, unknown_subdivision,
    conflicting_context, errors of form.
    """
    country, place, text = _place(raw)
    refuse_masked(raw.kind, text)
    number = _without_places(country, _WORDS.sub("", text, count=1) if _WORDS.match(text) else text)
    require(raw.kind, number, r"[A-Z\d]+", 2, 10)
    doubts = _doubts(country, number)
    keys = [number]
    changed = _BRAZILIAN.fullmatch(number) if country == "BR" else None
    if changed:
        keys.append(f"{changed[1]}{_MERCOSUR_LETTERS.index(changed[2])}{changed[3]}")
    on_the_plate = _parts(country, number)
    misread = [*keys, "".join(on_the_plate)] if on_the_plate else keys
    keys += [each.translate(_LOOKALIKES) for each in misread if each != each.translate(_LOOKALIKES)]
    return tuple(Reading(raw.kind, f"{place}:{key}", doubts) for key in dict.fromkeys(keys))


RULE = Rule(
    Kind.VEHICLE_PLATE,
    2,
    None,
    read_plate,
    (
        Example("ab 123 cd", "AR:AB123CD", country="AR"),
        Example("placa BOGOTA D.C. XYZ 987", "CO:XYZ987", country="CO"),
        Example("ABC-1C34", "BR:ABC1C34", country="BR"),
        Example("ABC-1234", "US-TX:ABC1234", country="US", subdivision="TX"),
    ),
)
