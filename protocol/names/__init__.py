"""People: from a name and a birth date as two registers write them to the keys that both have in common.

`read_person` takes the parts apart, `name_keys` gives the inputs of the OPRF, `judge` weighs which of them a peer's list holds.
Nothing here opens a socket, reads a clock or prints a name. `docs/spec/names.md` has every rule and its vectors.
"""

from protocol.names.births import BirthDate, check_birth_date, read_birth_date
from protocol.names.errors import NotComparable, PersonReason
from protocol.names.keys import NAME_KEYS_VERSION, NAME_KIND, Fact, NameKey, NameKeyType, class_of, name_keys
from protocol.names.people import Person, is_nobody, read_name, read_person
from protocol.names.weighing import KEYS_A_PERSON, Agreement, Judgement, Verdict, judge
from protocol.names.written import DateOrder, order_of, read_written_date

__all__ = [
    "KEYS_A_PERSON",
    "NAME_KEYS_VERSION",
    "NAME_KIND",
    "Agreement",
    "BirthDate",
    "DateOrder",
    "Fact",
    "Judgement",
    "NameKey",
    "NameKeyType",
    "NotComparable",
    "Person",
    "PersonReason",
    "Verdict",
    "check_birth_date",
    "class_of",
    "is_nobody",
    "judge",
    "name_keys",
    "order_of",
    "read_birth_date",
    "read_name",
    "read_person",
    "read_written_date",
]
