"""Machine-readable zones of travel documents and identity cards.

Source: ICAO Doc 9303 part 3 (section 4.9: check digits with weights 7-3-1; section 5: codes of states and organisations),
part 4 (TD3: two lines of 44), part 5 (TD1: three lines of 30) and part 6 (TD2: two lines of 36). Visas are not read.

A character is corrected only where the field's alphabet decides: O and I among digits, 0 and 1 among letters. Whatever else
a camera has misread shows in the check digits.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pycountry

from protocol.identifiers.characters import LONGEST_VALUE, visible, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind

ORGANISATIONS = frozenset(
    {"EUE", "RKS", "UNA", "UNK", "UNO", "XBA", "XCC", "XCE", "XCO", "XDC", "XEC", "XIM", "XMP", "XOM", "XPO"}
)
"""Section 5: who issues travel documents without being in ISO 3166-1. XCC is the Caribbean Community."""

_OTHER_CODES = {"D": "DE", "GBD": "GB", "GBN": "GB", "GBO": "GB", "GBP": "GB", "GBS": "GB"}
"""Section 5: Germany's code has one letter; the United Kingdom has a code for each status of its nationals."""

_VALUES = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
_TO_DIGITS, _TO_LETTERS = str.maketrans("OI", "01"), str.maketrans("01", "OI")
_GUILLEMETS = str.maketrans({"«": "<<", "‹": "<"})
"""What the recognition of text makes of fillers."""

PartOfDate = int | None


class Layout(StrEnum):
    """The three forms of a zone."""

    TD1 = "td1"
    TD2 = "td2"
    TD3 = "td3"


class Checked(StrEnum):
    """What a check digit of the zone is about; the last one is about all other fields together."""

    NUMBER = "number"
    BIRTH = "birth"
    EXPIRY = "expiry"
    OPTIONAL = "optional"
    COMPOSITE = "composite"


@dataclass(frozen=True, slots=True)
class MachineReadable:
    """What a zone says of the document and its holder. Sex is read past and forgotten, of the expiry the year is kept.

    `code` is the document's, such as "P" or "ID". `issuer` has the three letters of the zone, "" where only the second line
    of a passport was given. `issuing_state` and `nationality` are ISO 3166-1 alpha-2, or an organisation's three letters;
    None for codes of neither, such as a specimen's. `optional` holds the optional field beside the dates, `more` that of a
    card's first line, fillers as spaces. `birth` is year of the century, month and day as printed, None for an unknown part;
    `expiry_year` is the year of the century in which the document expires, which tells the century of birth.
    `names_cut`: the names fill their field and may go on. `failed` names the check digits that do not hold; `corrected` says
    whether a character was corrected.
    """

    layout: Layout
    code: str
    issuer: str
    issuing_state: str | None
    nationality: str | None
    number: str = field(repr=False)
    more: str = field(repr=False)
    optional: str = field(repr=False)
    surnames: str = field(repr=False)
    given_names: str = field(repr=False)
    names_cut: bool
    birth: tuple[PartOfDate, PartOfDate, PartOfDate] = field(repr=False)
    expiry_year: PartOfDate = field(repr=False)
    failed: frozenset[Checked]
    corrected: bool

    @property
    def number_in_doubt(self) -> bool:
        """Whether a check digit speaks against the number: its own, or the last one where all others hold."""
        return Checked.NUMBER in self.failed or self.failed == {Checked.COMPOSITE}


def check_digit(characters: str) -> int:
    """Section 4.9: weights 7, 3, 1 repeated, modulo 10."""
    return sum((7, 3, 1)[i % 3] * _VALUES[c] for i, c in enumerate(characters)) % 10


@dataclass(frozen=True, slots=True)
class _Form:
    """`lines`: of each line its fields and their widths. `full`: the line that ends with a digit and so kept its fillers.

    `together`: the fields under the last check digit.
    """

    layout: Layout
    code: str
    lines: tuple[Mapping[str, int], ...]
    full: int
    together: tuple[str, ...]


_CHECKED_PERSON = {"birth": 6, "birth_check": 1, "sex": 1, "expiry": 6, "expiry_check": 1}
_SECOND_LINE = {"number": 9, "number_check": 1, "nationality": 3, **_CHECKED_PERSON}
_DATES = ("birth", "birth_check", "expiry", "expiry_check")
_PASSPORT_LINE = {**_SECOND_LINE, "optional": 14, "optional_check": 1, "composite": 1}
_PASSPORT_CHECK = ("number", "number_check", *_DATES, "optional", "optional_check")
_FORMS = (
    _Form(Layout.TD3, "P[A-Z<]", ({"code": 2, "issuer": 3, "names": 39}, _PASSPORT_LINE), 1, _PASSPORT_CHECK),
    _Form(
        Layout.TD2,
        "[ACIP][A-Z<]",
        ({"code": 2, "issuer": 3, "names": 31}, {**_SECOND_LINE, "optional": 7, "composite": 1}),
        1,
        ("number", "number_check", *_DATES, "optional"),
    ),
    _Form(
        Layout.TD1,
        "[ACI][A-Z<]",
        (
            {"code": 2, "issuer": 3, "number": 9, "number_check": 1, "more": 15},
            {**_CHECKED_PERSON, "nationality": 3, "optional": 11, "composite": 1},
            {"names": 30},
        ),
        1,
        ("number", "number_check", "more", *_DATES, "optional"),
    ),
    # The number stands in a passport's second line, so that line alone is enough.
    _Form(Layout.TD3, "", (_PASSPORT_LINE,), 0, _PASSPORT_CHECK),
)
_LETTERS = frozenset({"code", "issuer", "names", "nationality", "sex"})
_BOTH = frozenset({"number", "optional", "more"})


def _lines(value: str) -> list[str]:
    """The lines without spaces; of a text without line breaks, its parts between spaces."""
    parts = [written(Kind.PASSPORT, line) for line in value.splitlines() if visible(line).strip()]
    if len(parts) == 1:
        parts = parts[0].split()
    return ["".join(part.translate(_GUILLEMETS).upper().split()) for part in parts]


def _divided(form: _Form, lines: list[str]) -> list[str] | None:
    """The lines of this form, with the fillers that were lost at their ends; None if the lengths do not fit."""
    width = sum(form.lines[0].values())
    if len(lines) == len(form.lines) and len(lines[form.full]) == width and max(map(len, lines)) <= width:
        return [line.ljust(width, "<") for line in lines]
    joined = "".join(lines)
    if len(joined) != width * len(form.lines):
        return None
    return [joined[i : i + width] for i in range(0, len(joined), width)]


def _fields(form: _Form, lines: list[str]) -> Iterator[tuple[str, str]]:
    for widths, line in zip(form.lines, lines, strict=True):
        at = 0
        for name, width in widths.items():
            yield name, line[at : at + width]
            at += width


def _corrected(name: str, text: str) -> str | None:
    """The field in its own alphabet; None if it is of another one."""
    if name in _BOTH:
        return text if re.fullmatch("[A-Z0-9<]*", text) else None
    if name in _LETTERS:
        letters = text.translate(_TO_LETTERS)
        return letters if re.fullmatch("[A-Z<]*", letters) else None
    digits = text.translate(_TO_DIGITS)
    return digits if re.fullmatch("[0-9<]*", digits) else None


def _state(code: str) -> str | None:
    letters = code.replace("<", "")
    if letters in ORGANISATIONS:
        return letters
    country = pycountry.countries.get(alpha_3=letters)
    return _OTHER_CODES.get(letters) or (country.alpha_2 if country else None)


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _date(text: str) -> tuple[PartOfDate, PartOfDate, PartOfDate]:
    year, month, day = (int(part) if part.isdecimal() else None for part in (text[:2], text[2:4], text[4:]))
    return year, month, day


def _long_number(found: dict[str, str]) -> dict[str, str]:
    """Parts 5 and 6: a number longer than its field goes on in the optional one, its check digit behind it."""
    rest_in = "more" if "more" in found else "optional"
    rest, _, optional = found[rest_in].partition("<")
    if found["number_check"] != "<" or "<" in found["number"] or len(rest) < 2 or not rest[-1].isdecimal():
        return found
    return found | {"number": found["number"] + rest[:-1], "number_check": rest[-1], rest_in: optional}


def _read(form: _Form, lines: list[str]) -> MachineReadable | None:
    raw = dict(_fields(form, lines))
    found: dict[str, str] = {}
    for name, text in raw.items():
        of_the_field = _corrected(name, text)
        if of_the_field is None:
            return None
        found[name] = of_the_field
    if not re.fullmatch(form.code, found.get("code", "")) or found["sex"] not in "MFX<":
        return None
    failed = set()
    if found["composite"] != str(check_digit("".join(found[name] for name in form.together))):
        failed.add(Checked.COMPOSITE)
    complete = found if form.layout is Layout.TD3 else _long_number(found)
    for checked in (Checked.NUMBER, Checked.BIRTH, Checked.EXPIRY, Checked.OPTIONAL):
        digit = complete.get(f"{checked.value}_check")
        # An empty field may have a filler for its check digit.
        if digit is not None and _VALUES[digit] != check_digit(complete[checked.value]):
            failed.add(checked)
    surnames, _, given_names = complete.get("names", "").partition("<<")
    return MachineReadable(
        layout=form.layout,
        code=complete.get("code", "").rstrip("<"),
        issuer=complete.get("issuer", "").rstrip("<"),
        issuing_state=_state(complete.get("issuer", "")),
        nationality=_state(complete["nationality"]),
        # A sign that the alphabet lacks, such as a dash, is a filler within the number.
        number=complete["number"].replace("<", ""),
        more=_words(complete.get("more", "")),
        optional=_words(complete["optional"]),
        surnames=_words(surnames),
        given_names=_words(given_names),
        names_cut=not complete.get("names", "<").endswith("<"),
        birth=_date(complete["birth"]),
        expiry_year=_date(complete["expiry"])[0],
        failed=frozenset(failed),
        corrected=found != raw,
    )


def find_mrz(text: str) -> MachineReadable | None:
    """What the zone says if `text` is one, else None. Lines may follow each other, or stand under each other."""
    if len(text) > LONGEST_VALUE:
        return None
    try:
        lines = _lines(text)
    except NotNormalisable:
        return None
    for form in _FORMS:
        divided = _divided(form, lines)
        found = None if divided is None else _read(form, divided)
        if found is not None:
            return found
    return None


def read_mrz(text: str) -> MachineReadable:
    """What the zone says. Raises `NotNormalisable` with wrong_length or wrong_characters if `text` is no zone."""
    found = find_mrz(text)
    if found is None:
        lengths = {sum(form.lines[0].values()) * len(form.lines) for form in _FORMS}
        fits = sum(not character.isspace() for character in text) in lengths
        raise NotNormalisable(Kind.PASSPORT, Reason.WRONG_CHARACTERS if fits else Reason.WRONG_LENGTH)
    return found
