"""The tables of docs/spec/names.md, row by row, as the code has them. Run as a module, it prints them."""

import re
from collections.abc import Iterator
from pathlib import Path

from protocol.names import NameKeyType, placeholders, weighing
from protocol.names.people import _JOINED, _PARTICLES, _SHORT
from protocol.names.sounds import _CLASSES, _RULES
from tests.protocol.names.test_sounds import ALIKE

PAGE = Path(__file__).parents[3] / "docs" / "spec" / "names.md"

_OF_TYPE = {
    NameKeyType.GIVEN_NAME_AND_DATE: ("`date/SOUND/yyyy-mm-dd`", "that given name, birth date", "anything in the other names"),
    NameKeyType.SURNAME_AND_DATE: ("`date/SOUND/yyyy-mm-dd`", "that surname, birth date", "anything in the other names"),
    NameKeyType.YEAR_AND_PART: (
        "`year/SPOKEN/yyyy/nn`",
        "given name, that surname, year and month or year and day",
        "the other part of the date; day and month exchanged; the other surnames",
    ),
    NameKeyType.INITIALS_AND_DATE: (
        "`initials/LETTERS/yyyy-mm-dd`",
        "initials, birth date",
        "all of both names but their first sound",
    ),
    NameKeyType.FULL_NAME: ("`name/SPOKEN`", "given name, first two surnames", "the birth date, wrong or missing"),
}
_ONE_PER = {
    NameKeyType.GIVEN_NAME_AND_DATE: "each of the first two given names",
    NameKeyType.SURNAME_AND_DATE: "each surname",
    NameKeyType.YEAR_AND_PART: "each surname with the given name, and each of month and day",
    NameKeyType.INITIALS_AND_DATE: "given name and first surname",
    NameKeyType.FULL_NAME: "given name and first two surnames",
}
_ADDED = {
    "_CONSTANT": "always",
    "_GIVEN_NAME": "times the rarity of the given name, if it agrees",
    "_SURNAME": "times the rarity of each surname that agrees",
    "_WHOLE_DATE": "the whole date agrees, or both the year and day and the year and month do",
    "_PLACEHOLDER": "with that, if the question's date is the first of January",
    "_YEAR_AND_DAY": "else, year and day agree",
    "_YEAR_AND_MONTH": "else, year and month agree",
    "_ALL_SURNAMES_NO_GIVEN_NAME": "all surnames of the question agree and the given name does not",
    "_SECOND_GIVEN_NAME": "the second given name agrees",
    "_OTHER_SECOND_GIVEN_NAME": "else, the question has one, and the whole date agrees",
    "_SURNAME_MISSING": "the question has several surnames, and one of them does not agree",
    "_SPELT_OTHERWISE": "given name, a surname and the whole date agree, and no key of type 4 hits: the names only sound alike",
    "_OTHER_NAME_DIFFERS": "the question has a given name and a surname, and neither do both agree, nor the initials",
}
_THRESHOLDS = ("CANDIDATE", "STRONG")


def weights() -> dict[str, float]:
    """Every number of the evidence by its name in the code."""
    return {name: value for name, value in vars(weighing).items() if isinstance(value, float)}


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _code(pattern: str) -> str:
    return f"`{pattern.replace('|', chr(92) + '|')}`"


def particles() -> Iterator[str]:
    """By their first letter."""
    words = sorted(_PARTICLES)
    for first in dict.fromkeys(word[0] for word in words):
        yield _row(f"`{first}`", ", ".join(f"`{word}`" for word in words if word[0] == first))


def joined() -> Iterator[str]:
    """In the order of the code."""
    yield from (_row(f"`{written}`", f"`{word}`") for written, word in _JOINED.items())


def short_forms() -> Iterator[str]:
    """In the order of the code."""
    yield from (_row(f"`{written}`", f"`{word}`") for written, word in _SHORT.items())


def unknown_names() -> Iterator[str]:
    """By where they count and by language."""
    for where, by_language in (("anywhere", placeholders.ANYWHERE), ("whole", placeholders.WHOLE)):
        for language, phrases in by_language.items():
            yield _row(where, language, ", ".join(f"`{phrase}`" for phrase in phrases.split("|")))
    yield _row("people", "all", ", ".join(f"`{phrase}`" for phrase in placeholders.PEOPLE))
    yield _row("beside", "all", ", ".join(f"`{word}`" for word in sorted(placeholders.BESIDE)))


def rules() -> Iterator[str]:
    """In the order in which they are applied, each with its first pair of the tests."""
    for pattern, spoken in _RULES:
        becomes = r"`\1`" if spoken == r"\1" else f"`{spoken}`" if spoken else "nothing"
        yield _row(_code(pattern), becomes, "; ".join(" ".join(pair) for pair in ALIKE[pattern][:2]))


def classes() -> Iterator[str]:
    """Digit by digit."""
    for digit in dict.fromkeys(_CLASSES.values()):
        yield _row(f"`{digit}`", " ".join(letter for letter, other in _CLASSES.items() if other == digit))


def key_types() -> Iterator[str]:
    """By the number that stands in labels."""
    for each in NameKeyType:
        form, told, survives = _OF_TYPE[each]
        yield _row(f"`{each.value}`", f"{each.name.lower()}", _ONE_PER[each], form, told, survives)


def evidence() -> Iterator[str]:
    """What is added, in the order in which the page explains it."""
    for name, meaning in _ADDED.items():
        yield _row(f"`{name.strip('_').lower()}`", f"{weights()[name]:.2f}", meaning)


TABLES = {
    "Particles": (particles, ("first letter", "words")),
    "Joined": (joined, ("written", "becomes")),
    "Short": (short_forms, ("written", "becomes")),
    "Unknown": (unknown_names, ("where", "language", "words")),
    "Rules": (rules, ("rule", "becomes", "brings together")),
    "Classes": (classes, ("class", "letters")),
    "Types": (key_types, ("label", "type", "one for", "canonical form", "a hit tells", "survives")),
    "Weights": (evidence, ("weight", "value", "added")),
}
"""Each table with its heading on the page."""


def table(name: str) -> str:
    """A whole table as the page has it."""
    rows, heading = TABLES[name]
    return "\n".join([_row(*heading), _row(*("---" for _ in heading)), *rows()])


def thresholds() -> dict[str, float]:
    """The verdicts' lowest odds as the page has them."""
    found = re.findall(r"^\| `(strong|candidate)` \| (-?[0-9.]+) \|", PAGE.read_text("utf-8"), re.MULTILINE)
    return {verdict: float(odds) for verdict, odds in found}


def main() -> None:
    """Print the tables, to be pasted into the page."""
    for name in TABLES:
        print(f"{name}\n\n{table(name)}\n")  # noqa: T201


if __name__ == "__main__":
    main()
