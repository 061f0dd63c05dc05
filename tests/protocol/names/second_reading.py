"""A reader of people written from docs/spec/names.md alone: it takes every table from the page and nothing from the product.

Where it gives other bytes than the product, the page does not say enough for another country to implement the same.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from anyascii import anyascii

PAGE = (Path(__file__).parents[3] / "docs" / "spec" / "names.md").read_text("utf-8")


def _table(heading: str) -> list[list[str]]:
    """The cells of the table under this heading row, without backticks and escapes."""
    rows = PAGE.partition(f"\n{heading}\n| ---")[2].partition("\n\n")[0].splitlines()[1:]
    assert rows, heading
    return [[cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]


PARTICLES = {word for row in _table("| first letter | words |") for word in re.findall(r"`(\w+)`", row[1])}
_WRITTEN = PAGE.split("\n| written | becomes |\n")
JOINED, SHORT = (dict(re.findall(r"^\| `(\w+)` \| `(\w+)` \|", part.partition("\n\n")[0], re.MULTILINE)) for part in _WRITTEN[1:])
RULES = [
    (rule.strip("`"), "" if becomes == "nothing" else becomes.strip("`"))
    for rule, becomes, _ in _table("| rule | becomes | brings together |")
]
UNKNOWN: dict[str, set[str]] = {}
for _where, _, _phrases in _table("| where | language | words |"):
    UNKNOWN.setdefault(_where, set()).update(re.findall("`([^`]+)`", _phrases))
_ORDINAL, _WRONG = (re.search(rf"{said}\s+`(.+?)`[.,]", PAGE) for said in (r'"Pérez 2º"\):', r"after step 1:"))
CLASSES = {letter: row[0].strip("`") for row in _table("| class | letters |") for letter in row[1].split()}


def words(field: str) -> list[str]:
    """Section Words, steps 1 to 9; nothing for a field that is refused."""
    assert _ORDINAL and _WRONG
    plain = re.sub(_ORDINAL[1], " ", unicodedata.normalize("NFC", field), flags=re.IGNORECASE)
    return [] if re.search(_WRONG[1], plain) else known(_words(plain))


def refused(given_names: str, surnames: str) -> bool:
    """Whether no name is left of the two, or what is left is none."""
    assert _ORDINAL and _WRONG
    for field in (given_names, surnames):
        plain = re.sub(_ORDINAL[1], " ", unicodedata.normalize("NFC", field), flags=re.IGNORECASE)
        has_words = _words(plain)
        if re.search(_WRONG[1], plain) and (known(has_words) or not has_words):
            return True
    left = words(given_names) + words(surnames)
    return sorted(left) in [sorted(name.split()) for name in UNKNOWN["people"]] or all(len(word) == 1 for word in left)


def known(found: list[str]) -> list[str]:
    """Unknown names, 1 and 2."""
    text = " ".join(found)
    if text in UNKNOWN["whole"] | UNKNOWN["people"]:
        return []
    phrases = sorted(UNKNOWN["anywhere"], key=lambda phrase: -len(phrase))
    left = re.sub(rf"(?<![a-z])(?:{'|'.join(phrases)}|n{{2,}}|x{{2,}}|([a-z])\1{{2,}})(?![a-z])", "", text)
    return found if left == text else known([word for word in left.split() if word not in UNKNOWN["beside"]])


def _words(composed: str) -> list[str]:
    """Steps 1 to 8, after the marks of generation."""
    text = composed.replace(".ª", "ª")
    for letters, becomes in (("ç", "s"), ("Ç", "S"), ("<", " "), ("°", " ")):
        text = text.replace(letters, becomes)
    parts = [str(anyascii(character)) for character in text]
    text = "".join(" " if part[:1] == ":" else part for part in parts).lower()
    text = re.sub("([nu])(?:xx)+", r"\1", text).replace("'", "").replace("`", "")
    pieces = re.sub("[^a-z.]", " ", text).replace(".", ". ").split()
    text = re.sub(r"\bde la o\b", "delao", " ".join(pieces))
    text = re.sub(r"\bespirit([ou]) santo\b", r"espirit\1santo", text)
    pieces = [piece for piece in text.split() if piece != "."]
    found, front = [], ""
    for number, piece in enumerate(pieces):
        word, after = piece.rstrip("."), "".join(pieces[number + 1 : number + 2]).rstrip(".")
        if word in JOINED and not (word in ("o", "d") and (piece.endswith(".") or len(after) < 2)):
            front += JOINED[word]
        else:
            found.append(front + word)
            front = ""
    found = [SHORT.get(word, word) for word in [*found, *filter(None, [front])]]
    found = [word for word in found if len(word) > 1] or found
    return [word for word in found if word not in PARTICLES] or found


def spoken(word: str) -> str:
    """Section Sounds, the first table."""
    for rule, becomes in RULES:
        word = re.sub(rule, becomes, word)
    return word


def sounding(word: str) -> str:
    """Section Sounds, the second table."""
    heard = spoken(word)
    classes = [CLASSES.get(letter, "") for letter in heard]
    kept = [here for before, here in pairwise(classes) if here and here != before]
    return (heard[0] + "".join(kept))[:4].ljust(4, "0") if heard else ""


def canonical_forms(given_names: str, surnames: str, born: str) -> dict[str, int]:
    """Section Keys: the canonical forms in their order, each with its label. `born` is one that the page accepts."""
    if refused(given_names, surnames):
        return {}
    family = words(surnames)
    kept = [word for word in (family if len(family) < 4 else known([*family[:2], family[-1]])) if spoken(word)]
    own = words(given_names)
    first, second = ([word for word in part if spoken(word)] for part in (own[:1], own[1:2]))
    return {form: label for label, form in _forms(first, second, kept, born.replace("-", ""))}


def _forms(first: list[str], second: list[str], kept: list[str], digits: str) -> Iterator[tuple[int, str]]:
    year, month, day = digits[:4], digits[4:6] or "00", digits[6:8] or "00"
    month = month if 1 <= int(month) <= 12 else "00"
    longest = 31 if month == "00" else monthrange(int(year), int(month))[1]
    day = day if 1 <= int(day) <= longest else "00"
    if month != "00" and day != "00":
        date = f"{year}-{month}-{day}"
        yield from ((2, f"date/{sounding(word)}/{date}") for word in (*first, *second))
        yield from ((3, f"date/{sounding(word)}/{date}") for word in kept)
        if first and kept:
            yield 5, f"initials/{''.join(sorted(spoken(word)[0] for word in (first[0], kept[0])))}/{date}"
    for surname in kept if first else []:
        both = ".".join(sorted([spoken(first[0]), spoken(surname)]))
        for number in dict.fromkeys((month, day)):
            if number != "00":
                yield 4, f"year/{both}/{year}/{number}"
    if first and len(kept) > 1:
        yield 6, f"name/{'.'.join(sorted(spoken(word) for word in (first[0], *kept[:2])))}"
