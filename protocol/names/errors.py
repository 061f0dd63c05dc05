"""What can go wrong when a person is read.

    ValueError
    └── NotComparable       no key can be made of this name and birth date

No message, argument or attribute carries what was read: errors end in logs.
"""

from enum import StrEnum


class PersonReason(StrEnum):
    """Why a person has no keys; the interface translates the code for the officer."""

    TOO_LONG = "too_long"
    NO_NAME = "no_name"
    NEEDS_BIRTH_DATE = "needs_birth_date"
    BAD_BIRTH_DATE = "bad_birth_date"


_EXPLAINED = {
    PersonReason.TOO_LONG: "the name is longer than any name; write one person only",
    PersonReason.NO_NAME: "no given name and no surname; write at least one of them",
    PersonReason.NEEDS_BIRTH_DATE: "too many people bear this name; add the birth date, or a given name and two surnames",
    PersonReason.BAD_BIRTH_DATE: "the birth date is not a date; write it as 1990-05-31, 1990-05 or 1990",
}


class NotComparable(ValueError):
    """No key can be made of a name and birth date; `reason_code` says why."""

    def __init__(self, reason_code: PersonReason) -> None:
        self.reason_code = reason_code
        super().__init__(f"name_dob: {reason_code.value}: {_EXPLAINED[reason_code]}")
