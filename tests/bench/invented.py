"""Invented people with Spanish and Portuguese names in census-like frequencies, and how a second register has them.

Our own generator, for tuning and for the protected register; it shares neither code nor lists with `matching/faked.py`. Names are
drawn one by one, so nobody is meant. Frequencies fall as 1/(rank + 4); three surnames in ten are rare ones that are put together
from syllables.
"""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

Row = tuple[str, str, str]
"""Given names, surnames, birth date."""
_LISTS = Path(__file__).with_name("census_names.json")
_ONSETS = (
    "b",
    "br",
    "c",
    "ch",
    "d",
    "f",
    "fr",
    "g",
    "gr",
    "h",
    "j",
    "l",
    "ll",
    "m",
    "n",
    "p",
    "pr",
    "qu",
    "r",
    "s",
    "t",
    "tr",
    "v",
    "y",
    "z",
    "gu",
)
_VOWELS = ("a", "e", "i", "o", "u", "ia", "ue", "ie")
_ENDS_ES = (
    "ez",
    "az",
    "es",
    "ana",
    "ano",
    "ero",
    "illo",
    "uela",
    "ini",
    "etti",
    "aga",
    "ondo",
    "arte",
    "osa",
    "oy",
    "ita",
    "ado",
    "era",
    "an",
    "or",
    "in",
    "al",
)
_ENDS_PT = ("eira", "inho", "aes", "ado", "osa", "ais", "elo", "eiro", "ques", "oso", "ia", "ano", "ardi", "elli")
_SPELLINGS = (
    ("v", "b"), ("b", "v"), ("z", "s"), ("s", "z"), ("ce", "se"), ("ci", "si"), ("se", "ce"), ("ll", "y"), ("y", "i"), ("i", "y"),
    ("j", "g"), ("ge", "je"), ("gi", "ji"), ("h", ""), ("x", "j"), ("qu", "k"), ("c", "k"), ("nn", "n"), ("n", "nn"),
    ("ph", "f"), ("th", "t"), ("t", "th"), ("ñ", "n"), ("ñ", "ni"), ("ou", "o"), ("ss", "s"), ("ç", "s"), ("m", "n"), ("rr", "r"),
    ("iz", "is"),
)  # fmt: skip
_PARTICLES = frozenset({"de", "la", "da", "dos", "del", "do"})


@dataclass(frozen=True)
class Names:
    """Lists with cumulative weights."""

    female: Sequence[str]
    male: Sequence[str]
    surnames: Sequence[str]
    surname_weights: Sequence[float]
    spanish: bool


@dataclass(frozen=True)
class Invented:
    """One person: names in order, particles with their surname."""

    given: tuple[str, ...]
    surnames: tuple[str, ...]
    born: date
    female: bool

    def row(self) -> Row:
        return " ".join(self.given), " ".join(self.surnames), self.born.isoformat()


def _falling(number: int, flattening: int) -> list[float]:
    weights = [1 / (rank + flattening) for rank in range(number)]
    return [weight / sum(weights) for weight in weights]


def names(*, spanish: bool) -> Names:
    draw = Random(77)  # noqa: S311 -- invented names
    lists = json.loads(_LISTS.read_text("utf-8"))["spanish" if spanish else "portuguese"]
    known, ends = lists["surnames"], _ENDS_ES if spanish else _ENDS_PT
    rare: set[str] = set()
    while len(rare) < 6000:
        syllables = draw.choice((1, 1, 2))
        word = "".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(syllables))
        word += draw.choice(_ONSETS) + draw.choice(ends)
        if 4 <= len(word) <= 12:
            rare.add(word.capitalize())
    weights = [0.72 * weight for weight in _falling(len(known), 4)] + [0.28 * weight for weight in _falling(len(rare), 60)]
    return Names(lists["female"], lists["male"], [*known, *sorted(rare)], list(accumulate(weights)), spanish)


def person(draw: Random, names: Names) -> Invented:
    female = draw.random() < 0.5
    pool = names.female if female else names.male
    given = draw.choices(pool, _falling(len(pool), 4), k=2 if draw.random() < 0.55 else 1)
    surnames = draw.choices(names.surnames, cum_weights=names.surname_weights, k=2)
    if draw.random() < (0.06 if names.spanish else 0.35):
        surnames = surnames[:1]
    years = 14 + draw.betavariate(1.6, 3.2) * 75
    born = date(2025, 7, 1) - timedelta(days=int(years * 365.25))
    return Invented(tuple(dict.fromkeys(given)), tuple(_led(draw, name, names) for name in surnames), born, female)


def _led(draw: Random, surname: str, names: Names) -> str:
    """The surname behind its particle, if it has one."""
    if names.spanish:
        return f"de la {surname}" if draw.random() < 0.012 else surname
    particle = "da" if surname.endswith("a") else "dos" if surname.endswith("s") else "de"
    return f"{particle} {surname}" if draw.random() < 0.22 else surname


def second(draw: Random, person: Invented, names: Names) -> Row:
    """The same person in another office's register."""
    given, surnames = _fewer_given(draw, list(person.given)), list(person.surnames)
    chance = draw.random()
    if len(surnames) > 1 and chance < 0.22:
        surnames = surnames[:1] if names.spanish or draw.random() < 0.15 else surnames[-1:]
    elif len(surnames) > 1 and chance < 0.25:
        surnames.reverse()
    if person.female and draw.random() < 0.05:
        husband = draw.choices(names.surnames, cum_weights=names.surname_weights)[0]
        surnames = [surnames[0], f"de {husband}"] if names.spanish else [*surnames, husband]
    if draw.random() < 0.35:
        surnames = [" ".join(word for word in name.split() if word not in _PARTICLES) for name in surnames]
    given, surnames = [_spoilt(draw, name) for name in given], [_spoilt(draw, name) for name in surnames]
    if draw.random() < 0.02:
        given, surnames = surnames, given
    texts = [" ".join(given), " ".join(surnames)]
    if draw.random() < 0.45:
        texts = [bare(text) for text in texts]
    if draw.random() < 0.3:
        texts = [text.upper() for text in texts]
    return texts[0], texts[1], _other_date(draw, person.born)


def _fewer_given(draw: Random, given: list[str]) -> list[str]:
    chance = draw.random()
    if len(given) == 1 or chance >= 0.36:
        return given
    if chance < 0.22:
        return given[:1]
    if chance < 0.30:
        return [given[0], f"{given[1][0]}."]
    return given[1:] if chance < 0.34 else given[::-1]


def _spoilt(draw: Random, word: str) -> str:
    chance = draw.random()
    if chance < 0.09:
        return _respelt(draw, word)
    return mistyped(draw, word) if chance < 0.15 else word


def _respelt(draw: Random, word: str) -> str:
    lower = word.lower()
    fitting = [pair for pair in _SPELLINGS if pair[0] in lower]
    if not fitting:
        return word
    old, new = draw.choice(fitting)
    at = draw.choice([place for place in range(len(lower)) if lower.startswith(old, place)])
    return (lower[:at] + new + lower[at + len(old) :]).capitalize() or word


def mistyped(draw: Random, word: str) -> str:
    if len(word) < 3:
        return word
    at, letter = draw.randrange(1, len(word)), draw.choice("abcdefghijklmnoprstuvz")
    return draw.choice(
        [
            word[:at] + letter + word[at:],
            word[:at] + word[at + 1 :],
            word[:at] + letter + word[at + 1 :],
            word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :],
        ]
    )


def bare(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


def _other_date(draw: Random, born: date) -> str:
    year, month, day = born.year, born.month, born.day
    chance = draw.random()
    if chance < 0.02 and day <= 12:
        month, day = day, month
    elif chance < 0.045:
        part = draw.randrange(3)
        year += draw.choice((-10, -2, -1, 1, 2, 10)) if part == 0 else 0
        month = (month - 1 + draw.choice((1, 11))) % 12 + 1 if part == 1 else month
        day = (day - 1 + draw.choice((1, 10, 27))) % 28 + 1 if part == 2 else day
    elif chance < 0.065:
        month, day = 1, 1
    elif chance < 0.075:
        day = 1
    elif chance < 0.10:
        return ""
    elif chance < 0.115:
        year, month, day = year + draw.randrange(-9, 9), draw.randint(1, 12), draw.randint(1, 28)
    return f"{year}-{month:02}-{day:02}"
