"""Tax numbers of persons: a kind apart from companies', because only persons need a victim screening.

Canonical form "BR:11122233396". Where the personal number is, or contains, the national identity number, that
number follows as an alternative key of kind `national_id`: one authority has the tax return, another the card.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

from protocol.identifiers.errors import NotNormalisable
from protocol.identifiers.kinds import Kind
from protocol.identifiers.national_id import national_numbers
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state
from protocol.identifiers.tax_numbers import tax_numbers
from protocol.identifiers.values import RawIdentifier, Reading


def _whole(number: str) -> str:
    return number


def _of_length(length: int) -> Callable[[str], str | None]:
    return lambda number: number if len(number) == length else None


_NATIONAL: Mapping[str, Callable[[str], str | None]] = {
    "AR": lambda number: number[2:10],
    "BR": _whole,
    "CA": _whole,
    "CL": _whole,
    "CO": _whole,
    "CR": _whole,
    "CU": _whole,
    "DO": _whole,
    "EC": lambda number: number[:10],
    "GT": _of_length(13),
    "HN": lambda number: number[:13],
    "HT": lambda number: f"NIF{number}",
    "JM": _whole,
    "NI": _whole,
    "PA": _whole,
    "PE": lambda number: number[2:10] if number.startswith("10") else None,
    "PY": lambda number: number[:-1],
    "SV": _of_length(9),
    # 9xx is an ITIN, which is given to those who have no social security number.
    "US": lambda number: None if number.startswith("9") else number,
    "VE": lambda number: number[:9] if number[0] in "VE" else None,
}


def read_tax_id_person(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The tax number, and the national identity number that it carries, where it does.

    Raises needs_country, unknown_country, conflicting_context, is_other_kind and the errors of form.
    """
    country, text = issuing_state(raw)
    numbers = tax_numbers(raw.kind, country, text)
    mains = [Reading(raw.kind, f"{country}:{number}", doubts) for number, doubts in numbers]
    return (*mains, *(each for number, _ in numbers for each in _carried(country, number)))


def _carried(country: str, number: str) -> Iterator[Reading]:
    carried = _NATIONAL[country](number) if country in _NATIONAL else None
    if carried is not None:
        # A number assigned to somebody without a card, such as a foreigner, carries a filler.
        with suppress(NotNormalisable):
            national, doubts = national_numbers(Kind.NATIONAL_ID, country, carried)[0]
            yield Reading(Kind.NATIONAL_ID, f"{country}:{national}", doubts)


RULE = Rule(
    Kind.TAX_ID_PERSON,
    2,
    None,
    read_tax_id_person,
    (
        Example("20-05536168-2", "AR:20055361682", country="AR"),
        Example("390.533.447-05", "BR:39053344705", country="BR"),
    ),
)
