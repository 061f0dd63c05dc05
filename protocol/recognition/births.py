"""Where a line says when somebody was born: a label such as "FN", "nacida el" or "DOB", and the date it leads to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from protocol.recognition.words import named

_WORTH_A_LOOK = re.compile(
    r"nac|nasc|nais|\bn[ée]e?[ (]|birth|born|d\.?o\.?b|\bf\.?\s?n\b|\bfdn\b|\bd\.?\s?n\b|\bn\.?\s?d\b|d\.?d\.?n|yob",
    re.IGNORECASE,
)
"""Every label of a birth has one of these: most lines have none, and are not looked at again."""
_BIRTH = re.compile(
    r"""
    (?<![a-z])(?:
        (?P<noun>
            (?P<short> f\.?\s?n\.? | d\.?\s?n\.? | n\.?\s?d\.? )
          | (?:fecha|fec\.?|f\.?|ano)\s?(?:de\s)?nac(?:imiento|\.)? | fdn | nacimiento | nac\.
          | (?:data|dt\.?|ano)\s?(?:de\s)?nasc(?:imento|\.)? | nascimento | nasc\.?
          | (?:date|annee)\s(?:de\s)?naissance | d\.?d\.?n\.? | naissance
          | (?:date|year)\sof\sbirth | birth\s?date | birthday | d\.?o\.?b\.? | yob
        )
      | nacid[oa](?:\(a\)|/a)? | nacio | nascid[oa](?:\(a\)|/a)? | nasceu | ne(?:e|\(e\))?(?=\s(?:le|a|en|au)\s) | born
    )(?![a-z])
    """,
    re.VERBOSE,
)
_MONTH = r"(?:ene|jan|feb|fev|mar|abr|apr|avr|may|mai|jun|jui|jul|ago|aug|aou|set|sep|oct|out|nov|dic|dez|dec)[a-z]{0,7}"
DATE = re.compile(
    rf"""
    (?<![\w/\-])(?<!\d\.)(?:
        \d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}
      | \d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})
      | \d{{1,2}}(?:o|ro|er|st|nd|rd|th)?[\s./-]{{1,2}}(?:de\s|of\s)?{_MONTH}\.?,?[\s./-]{{1,2}}(?:de\s|del\s|of\s)?\d{{4}}
      | {_MONTH}\.?\s\d{{1,2}}(?:st|nd|rd|th)?,?\s\d{{4}}
      | (?:{_MONTH}\.?\s(?:de\s|del\s)?)?(?:19|20)\d{{2}}
    )(?![\w/\-]|\.\d)
    """,
    re.VERBOSE,
)
"""A date, or a month or a year alone, in a text as `flat` gives it."""
_PLACE_WORD = (
    r"(?:(?!(?i:y|e|and|et|ou|o|el|em|on)\b)[^\W\d_a-zß-ÿ][^\W\d_]*(?:['-][^\W\d_]+){0,3}|de|del|la|las|los|da|do|dos|du|of"
    r"|estado|provincia|departamento|municipio|ciudad|cidade|state|city|parish)(?=[ ,])"
)
_BETWEEN = re.compile(
    rf"""\ ?(?:\([^()\d]{{1,20}}\)\ ?)?(?:[:=.\-]{{1,2}}\ ?)?
    (?:(?:en|em|in|à|a|au|aux|at|EN|EM|IN|À|A)\ {_PLACE_WORD}(?:,?\ {_PLACE_WORD}){{0,4}})?
    ,?\ ?(?:(?i:el|em|en|in|le|on|the|a|no|del|día|dia|es|est|is|é|era|foi|fue|was)\ ){{0,2}}(?:[:=]\ ?)?""",
    re.VERBOSE,
)
"""Between a label of birth and its date, blanks made one: a place, and the words that lead to a day."""
_SIGN = re.compile(r"(?:\s?(?:el|em|le|on))?\s?[:=]")
_FARTHEST_DATE = 90
_LAST_WORD = re.compile(r"([^\W\d_]+)[\s:.º°#]*$")
_NEAR = 30


@dataclass(frozen=True, slots=True)
class Birth:
    """A label of a birth and its date, with their places in the line.

    `is_field`: the label is that of a form ("FN", "born:"), which stands by itself, and not a word of a sentence ("nacido").
    """

    start: int
    date: tuple[int, int]
    is_field: bool


def find_births(text: str, plain: str) -> list[Birth]:
    """The births of a line, in its order; `plain` is `flat(text)`. "Placa FN 1990" is none: a word names what it is."""
    return list(_births(text, plain)) if _WORTH_A_LOOK.search(text) else []


def _births(text: str, plain: str) -> Iterator[Birth]:
    at = 0
    for label in _BIRTH.finditer(plain):
        if label.start() < at or (label["short"] and _is_named(text, label.start())):
            continue
        date = DATE.search(plain, label.end(), label.end() + _FARTHEST_DATE)
        if date and _BETWEEN.fullmatch(re.sub(r"\s+", " ", text[label.end() : date.start()])):
            at = date.end()
            is_field = label["noun"] is not None or _SIGN.match(plain, label.end()) is not None
            yield Birth(label.start(), date.span(), is_field)


def _is_named(text: str, start: int) -> bool:
    """Whether the word before names a kind of value, which the two letters and the year then are."""
    before = _LAST_WORD.search(text, max(0, start - _NEAR), start)
    word = named(before[1]) if before else None
    return word is not None and word.names
