"""What can go wrong when an identifier is read.

    ValueError
    └── IdentifierError
        └── NotNormalisable     this text is not an identifier of this kind, or something is missing

No message, argument or attribute carries the text that was read: errors end in logs.
"""

from enum import StrEnum

from protocol.identifiers.kinds import Kind


class Reason(StrEnum):
    """Why a text has no canonical form; the interface translates the code for the officer."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    WRONG_LENGTH = "wrong_length"
    WRONG_CHARACTERS = "wrong_characters"
    NEEDS_COUNTRY = "needs_country"
    NEEDS_SUBDIVISION = "needs_subdivision"
    NEEDS_AREA_CODE = "needs_area_code"
    NEEDS_PLATFORM = "needs_platform"
    NEEDS_BANK = "needs_bank"
    NEEDS_SEPARATORS = "needs_separators"
    UNKNOWN_COUNTRY = "unknown_country"
    UNKNOWN_SUBDIVISION = "unknown_subdivision"
    CONFLICTING_CONTEXT = "conflicting_context"
    IS_OTHER_KIND = "is_other_kind"
    MASKED = "masked"


_EXPLAINED = {
    Reason.EMPTY: "the value holds no character of an identifier; write the value",
    Reason.TOO_LONG: "the value is longer than any identifier of this kind; paste one identifier only",
    Reason.WRONG_LENGTH: "the number of characters does not fit; compare with the source",
    Reason.WRONG_CHARACTERS: "a character or the order of characters does not fit; compare with the source",
    Reason.NEEDS_COUNTRY: "the country decides how the value is read; give the two-letter country code",
    Reason.NEEDS_SUBDIVISION: "numbers repeat between states of this country; give the ISO 3166-2 code",
    Reason.NEEDS_AREA_CODE: "the number lacks its area code; write the number as dialled from abroad",
    Reason.NEEDS_PLATFORM: "the same name exists on several platforms; give the platform or the profile's URL",
    Reason.NEEDS_BANK: "the same number exists at several banks; give the bank's code",
    Reason.NEEDS_SEPARATORS: "the parts of this number cannot be told apart; write it with its dashes",
    Reason.UNKNOWN_COUNTRY: "the country is not in ISO 3166-1; give the two-letter country code",
    Reason.UNKNOWN_SUBDIVISION: "the subdivision is not in ISO 3166-2; give a code such as US-TX",
    Reason.CONFLICTING_CONTEXT: "the value names another country, bank or platform than the one given; correct one",
    Reason.MASKED: "some characters are hidden; ask the source for the whole value",
    Reason.IS_OTHER_KIND: "the value is an identifier of another kind; record it as that kind",
}


class IdentifierError(ValueError):
    """Root of what this package raises."""


class NotNormalisable(IdentifierError):
    """No canonical form exists for a text read as one kind.

    `kind` is what it was read as, `reason_code` why it fails, `other_kind` where it belongs when the
    reason is `IS_OTHER_KIND`, else None.
    """

    def __init__(self, kind: Kind, reason_code: Reason, other_kind: Kind | None = None) -> None:
        self.kind = kind
        self.reason_code = reason_code
        self.other_kind = other_kind
        hint = f" ({other_kind.value})" if other_kind else ""
        super().__init__(f"{kind.value}: {reason_code.value}{hint}: {_EXPLAINED[reason_code]}")
