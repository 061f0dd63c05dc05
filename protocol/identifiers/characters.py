"""From pasted text to the characters that count."""

import re
import unicodedata
from collections.abc import Callable

from stdnum.exceptions import InvalidChecksum, ValidationError

from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.values import Doubt

LONGEST_VALUE = 320
"""Characters: an e-mail address (RFC 5321 section 4.5.3.1: 64 + 1 + 255) is the longest of the short kinds."""

LONGEST_URL = 2048
"""Characters: what browsers and servers commonly take."""

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))


def visible(value: str) -> str:
    """The text without its format characters: zero-width signs, marks of direction, soft hyphens."""
    return "".join(c for c in value if unicodedata.category(c) != "Cf")


def written(kind: Kind, value: str, longest: int = LONGEST_VALUE) -> str:
    """The text in NFKC, one space between words, typographic dashes as "-", no invisible characters.

    Raises `NotNormalisable`: empty, too_long (before and after), or wrong_characters. Code points that this
    Python's Unicode does not assign are refused, because a later Unicode may normalise them otherwise.
    """
    if len(value) > longest:
        raise NotNormalisable(kind, Reason.TOO_LONG)
    text = " ".join(unicodedata.normalize("NFKC", visible(value)).translate(_DASHES).split())
    if not text:
        raise NotNormalisable(kind, Reason.EMPTY)
    if len(text) > longest:
        raise NotNormalisable(kind, Reason.TOO_LONG)
    if any(unicodedata.category(c)[0] == "C" for c in text):
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    return text


def compact(text: str) -> str:
    """Upper case without the separators that people put into numbers."""
    return re.sub(r"[ .\-/,_'·:]", "", text).upper()


_HIDDEN = re.compile(r"[*•●#?]{2}")
_HIDDEN_IN_DIGITS = re.compile(r"[*•●#?]{2}|x{3}", re.IGNORECASE)


def refuse_masked(kind: Kind, text: str, *, of_digits: bool = False) -> None:
    """Raise masked where a row of asterisks or dots hides characters, or of X in a number `of_digits`."""
    if (_HIDDEN_IN_DIGITS if of_digits else _HIDDEN).search(text):
        raise NotNormalisable(kind, Reason.MASKED)


def require(kind: Kind, number: str, shape: str, shortest: int, longest: int) -> None:
    """Raise wrong_length or wrong_characters unless `number` has the length and the regular expression."""
    if not number:
        raise NotNormalisable(kind, Reason.EMPTY)
    if not shortest <= len(number) <= longest:
        raise NotNormalisable(kind, Reason.WRONG_LENGTH)
    if not re.fullmatch(shape, number, re.ASCII):
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)


def doubts_of(validate: Callable[[str], object], number: str) -> frozenset[Doubt]:
    """What a python-stdnum `validate` finds wrong with a number whose shape is already right."""
    try:
        validate(number)
    except InvalidChecksum:
        return frozenset({Doubt.CHECK_DIGIT_FAILED})
    except ValidationError:
        return frozenset({Doubt.NOT_ASSIGNED})
    return frozenset()
