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
    UNKNOWN_NAME = "unknown_name"
    INITIALS_ONLY = "initials_only"
    WRONG_CHARACTERS = "wrong_characters"
    NEEDS_BIRTH_DATE = "needs_birth_date"
    BAD_BIRTH_DATE = "bad_birth_date"
    AMBIGUOUS_BIRTH_DATE = "ambiguous_birth_date"
    MIXED_DATE_ORDERS = "mixed_date_orders"
    TWO_DIGIT_YEAR = "two_digit_year"
    FUTURE_BIRTH_DATE = "future_birth_date"
    DISTANT_BIRTH_DATE = "distant_birth_date"

    @property
    def of_birth_date(self) -> bool:
        """Whether the birth date is what to look at, and not the name."""
        return self in _OF_BIRTH_DATE


_OF_BIRTH_DATE = frozenset(
    {
        PersonReason.NEEDS_BIRTH_DATE,
        PersonReason.BAD_BIRTH_DATE,
        PersonReason.AMBIGUOUS_BIRTH_DATE,
        PersonReason.MIXED_DATE_ORDERS,
    }
    | {PersonReason.TWO_DIGIT_YEAR, PersonReason.FUTURE_BIRTH_DATE, PersonReason.DISTANT_BIRTH_DATE}
)

_EXPLAINED = {
    PersonReason.TOO_LONG: "the name is longer than any name; write one person only",
    PersonReason.NO_NAME: "no given name and no surname; write at least one of them",
    PersonReason.UNKNOWN_NAME: "that stands for a name which nobody knows; write the name, or leave the person out",
    PersonReason.INITIALS_ONLY: "single letters are no name; write a given name or a surname in full",
    PersonReason.WRONG_CHARACTERS: "a digit, or a sign such as ? or @, stands in the name; write it with letters only",
    PersonReason.NEEDS_BIRTH_DATE: "too many people bear this name; add the birth date, or a given name and two surnames",
    PersonReason.BAD_BIRTH_DATE: "the birth date is not a date; write it as 1990-05-31, 1990-05 or 1990",
    PersonReason.AMBIGUOUS_BIRTH_DATE: "day and month can be either number; write it as 1990-05-31",
    PersonReason.MIXED_DATE_ORDERS: (
        "in this column some dates have the day first and others the month; write this one as 1990-05-31, and look at the others"
    ),
    PersonReason.TWO_DIGIT_YEAR: "the year of birth has two digits, so its century is not known; write all four, such as 1990",
    PersonReason.FUTURE_BIRTH_DATE: "the birth date is today or later; correct it, or leave it out if it is not known",
    PersonReason.DISTANT_BIRTH_DATE: (
        "the birth date is more than 120 years ago, as dates are that stand for an unknown one; correct it, or leave it out"
    ),
}


class NotComparable(ValueError):
    """No key can be made of a name and birth date; `reason_code` says why."""

    def __init__(self, reason_code: PersonReason) -> None:
        self.reason_code = reason_code
        super().__init__(f"name_dob: {reason_code.value}: {_EXPLAINED[reason_code]}")
