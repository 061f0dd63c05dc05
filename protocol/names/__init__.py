"""People: from a name and a birth date as two registers write them to the keys that both have in common.

`read_person` takes the parts apart, `name_keys` gives the inputs of the OPRF, `judge` weighs which of them a peer's list holds.
Nothing here opens a socket, reads a clock or prints a name. `docs/spec/names.md` has every rule and its vectors.
"""

from protocol.names.births import BirthDate, read_birth_date
from protocol.names.errors import NotComparable, PersonReason
from protocol.names.keys import NAME_KEYS_VERSION, NAME_KIND, Fact, NameKey, NameKeyType, class_of, name_keys
from protocol.names.people import Person, read_person
from protocol.names.weighing import KEYS_A_PERSON, Agreement, Judgement, Verdict, judge

__all__ = [
    "KEYS_A_PERSON",
    "NAME_KEYS_VERSION",
    "NAME_KIND",
    "Agreement",
    "BirthDate",
    "Fact",
    "Judgement",
    "NameKey",
    "NameKeyType",
    "NotComparable",
    "Person",
    "PersonReason",
    "Verdict",
    "class_of",
    "judge",
    "name_keys",
    "read_birth_date",
    "read_person",
]
