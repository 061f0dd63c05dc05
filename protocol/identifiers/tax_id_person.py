"""Tax numbers of persons: a kind apart from companies', because only persons need a victim screening.

Canonical form "BR:11122233396". Where the personal number is, or contains, the national identity number, that
number follows as an alternative key of kind `national_id`: one authority has the tax return, another the card.
"""

from collections.abc import Callable, Mapping

from protocol.identifiers.errors import NotNormalisable
from protocol.identifiers.kinds import Kind
from protocol.identifiers.national_id import national_number
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.states import issuing_state
from protocol.identifiers.tax_numbers import tax_number
from protocol.identifiers.values import RawIdentifier, Reading

_NATIONAL: Mapping[str, Callable[[str], str | None]] = {
    "AR": lambda number: number[2:10],
    "BR": lambda number: number,
    "CA": lambda number: number,
    "CL": lambda number: number,
    "CO": lambda number: number,
    "CR": lambda number: number,
    "DO": lambda number: number,
    "EC": lambda number: number[:10],
    "HN": lambda number: number[:13],
    "JM": lambda number: number,
    "NI": lambda number: number,
    "PA": lambda number: number,
    "PE": lambda number: number[2:10] if number.startswith("10") else None,
    "PY": lambda number: number[:-1],
    # 9xx is an ITIN, which is given to those who have no social security number.
    "US": lambda number: None if number.startswith("9") else number,
    "VE": lambda number: number[:9] if number[0] in "VE" else None,
}


def read_tax_id_person(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The tax number, and the national identity number that it carries, where it does.

    Raises needs_country, unknown_country, conflicting_context, is_other_kind and the errors of form.
    """
    country, text = issuing_state(raw)
    number, doubts = tax_number(raw.kind, country, text)
    main = Reading(raw.kind, f"{country}:{number}", doubts)
    carried = _NATIONAL[country](number) if country in _NATIONAL else None
    if carried is None:
        return (main,)
    try:
        national, found = national_number(Kind.NATIONAL_ID, country, carried)
    except NotNormalisable:
        # A number assigned to somebody without a card, such as a foreigner, carries a filler.
        return (main,)
    return main, Reading(Kind.NATIONAL_ID, f"{country}:{national}", found)


RULE = Rule(
    Kind.TAX_ID_PERSON,
    1,
    None,
    read_tax_id_person,
    (
        Example("20-05536168-2", "AR:20055361682", country="AR"),
        Example("390.533.447-05", "BR:39053344705", country="BR"),
    ),
)
