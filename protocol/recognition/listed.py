"""People whom no label announces, but the order of things: surnames, a comma, given names, a date; or a name and then a birth."""

import re

from protocol.names import DateOrder
from protocol.recognition.births import DATE, Birth
from protocol.recognition.candidates import Clue, PersonCandidate, PersonDoubt
from protocol.recognition.name_words import ALIAS, are_two_surnames, capitalised_words, is_given, is_no_person, main_words
from protocol.recognition.people import NAME_LIKE, Name, partings, people_of

_LONGEST = 120
_CAPITAL = "(?![a-zß-öø-ÿ])"
_MARKED = r"\s*(?P<marker>\d{1,3}[.)º°]?[.)°º-]{1,2}\s*|[-*•·–—]\s+)?"
"""What stands before an entry of a list: its number, a dash, a dot."""
_LISTED = re.compile(
    rf"{_MARKED}\"?(?P<surnames>{_CAPITAL}{NAME_LIKE.pattern}),\s*(?P<given>{_CAPITAL}{NAME_LIKE.pattern})\"?"
    rf"{ALIAS}?\.?\s*(?P<sign>[;|,(\t–-]?)\s*\"?"
)
_NAME_FIRST = re.compile(rf"{_MARKED}(?:{ALIAS}[,:;]?\s*)?\"?", re.IGNORECASE)
_TO_BIRTH = re.compile(
    rf"\"?{ALIAS}?(?:[,;(]?\s*[a-z.°º ]{{2,20}}:?\s*\d[\d.\- ]{{4,18}}\)?)?\s*[.,;:|(–-]{{0,2}}\s*", re.IGNORECASE
)
"""Between a name and a birth: a nickname, a document, signs."""
_FEWEST, _MOST = 2, 7
"""Words of a name that nothing announces."""


def listed_person(
    text: str, plain: str, births: list[Birth], order: DateOrder | None
) -> tuple[tuple[tuple[int, int], ...], tuple[PersonCandidate, ...]] | None:
    """(places of name and date, candidates) of the person with whom a line begins, None if it begins with none.

    A place and a date are written in the same order, so surnames and given names have to look like such.
    """
    first = births[0] if births else None
    return _surnames_first(text, plain, first, order) or (_name_and_birth(text, plain, first, order) if first else None)


def _surnames_first(
    text: str, plain: str, first: Birth | None, order: DateOrder | None
) -> tuple[tuple[tuple[int, int], ...], tuple[PersonCandidate, ...]] | None:
    """Such as "PÉREZ GÓMEZ, Juan; 12/03/1990"."""
    match = _LISTED.match(text, 0, first.start if first else len(text)) if text.find(",", 0, _LONGEST) > 0 else None
    if match is None:
        return None
    birth = first if first and first.start == match.end() else None
    date = None if birth else DATE.match(plain, match.end())
    place = birth.date if birth else date.span() if date else None
    surnames, given = match["surnames"], match["given"].rstrip(".")
    in_list = match["marker"] is not None or match["sign"] == "("
    if place is None or is_no_person(f"{surnames} {given}"):
        return None
    if not (is_given(surnames, given) or (in_list and are_two_surnames(surnames))):
        return None
    if not all(word[0].isupper() for word in main_words(given)):
        return None
    doubts = frozenset({PersonDoubt.GUESSED_PARTS if birth else PersonDoubt.NOT_SAID_TO_BE_BIRTH})
    candidates = people_of((Name(given, surnames),), text[slice(*place)], order, Clue.ORDER, doubts)
    return (((match.start("surnames"), match.start("given") + len(given)), place), candidates) if candidates else None


def _name_and_birth(
    text: str, plain: str, birth: Birth, order: DateOrder | None
) -> tuple[tuple[tuple[int, int], ...], tuple[PersonCandidate, ...]] | None:
    """Such as "Juan Pérez Gómez, FN 1990": capitals at the beginning, and nothing but a document before the birth."""
    begin = _NAME_FIRST.match(text)
    name = capitalised_words(text, plain, begin.end() if begin else 0, birth.start)
    if name is None or not text[name[0]].isupper() or not _TO_BIRTH.fullmatch(text, name[1], birth.start):
        return None
    whole = text[slice(*name)].rstrip(".")
    name = name[0], name[0] + len(whole)
    if not _FEWEST <= len(main_words(whole)) <= _MOST or is_no_person(whole):
        return None
    candidates = people_of(partings(whole), text[slice(*birth.date)], order, Clue.ORDER)
    return ((name, birth.date), candidates) if candidates else None
