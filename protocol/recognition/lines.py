"""One line, whatever it is: every value in it with its place, and what speaks for each."""

import re
from bisect import bisect_right, insort
from dataclasses import dataclass, replace

from protocol.identifiers import Kind
from protocol.identifiers.mrz import find_mrz
from protocol.recognition.births import find_births
from protocol.recognition.candidates import Candidate, Clue, Confidence, Found, ReadLine, Span, State
from protocol.recognition.labelled import Named, find_people
from protocol.recognition.nationalities import state_behind
from protocol.recognition.people import date_order_in, people_in_zone
from protocol.recognition.plain import Plain, flat
from protocol.recognition.protecting import mark
from protocol.recognition.runs import Piece, runs, split
from protocol.recognition.signs import COMMON_ENDINGS, HANDLE, NO_IDENTIFIER, SIGNED, trimmed
from protocol.recognition.speech import Spoken, is_list, is_set_aside, said_before, said_behind, words_of
from protocol.recognition.weighing import Said, identity_in_zone, weigh
from protocol.recognition.words import FILLERS, folded, named

_SENTENCE_END = re.compile(r"[a-zà-ÿ]\.[A-ZÀ-Ý][a-zà-ÿ]*$")
_WORTH_A_LOOK = re.compile(r"[\d@/:<]|\.[^\W\d_]{2}|-[A-Z]{3}")
_NEAR = 90
"""Characters before a value in which a word may speak for it."""
_STANDING = frozenset({Clue.HEADER, Clue.COLUMN})
_MOST_TRIES = 4000
"""Texts that are weighed for one line: a line of a thousand numbers is read, one made to keep the reader busy is not."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value in the plain text."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]
    spoken: Spoken


def read_line(line: str, country: str | None, said: tuple[Said, ...] = (), *, stated: bool = False) -> ReadLine:
    """All values of a line. `said`: what a heading or the rest of the column says of a value that no word of the line names.

    `stated`: whether `country` is what the text says of its values, and not only where the officer works.
    """
    plain = Plain.of(line)
    if not plain.text.strip():
        return ReadLine(State.EMPTY)
    if not _WORTH_A_LOOK.search(plain.text):
        return ReadLine(State.NOT_RECOGNISED)
    if "<" in plain.text and find_mrz(plain.text.strip()):
        zone = read_zone(plain.text.strip(), plain.span(0, len(plain.text)), country)
        if zone is not None:
            return zone
    reader = _Reader(plain.text, country, said, stated=stated)
    reader.read()
    found = tuple(Found(plain.span(value.start, value.end), value.candidates) for value in reader.values)
    if reader.people:
        people = (_found_person(plain, person) for person in reader.people)
        found = tuple(sorted((*found, *people), key=lambda each: each.span.start))
    left = tuple(plain.span(start, end) for start, end in reader.left)
    return ReadLine.of(mark(plain, found), left)


def read_zone(text: str, span: Span, country: str | None) -> ReadLine | None:
    """A document, the identity number in it and its holder, all at `span`; None if `text` is no zone of one that can be read."""
    zone = find_mrz(text)
    document = weigh(text, country) if zone else ()
    if zone is None or not document:
        return None
    further = (identity_in_zone(text, zone), people_in_zone(zone))
    return ReadLine.of((Found(span, document), *(Found(span, each) for each in further if each)))


def people_in(line: str, country: str | None) -> tuple[Found, ...]:
    """The people of a line, as `read_line` finds them."""
    plain = Plain.of(line)
    return tuple(_found_person(plain, person) for person in find_people(plain.text, date_order_in(country)))


def _found_person(plain: Plain, person: Named) -> Found:
    first, *further = (plain.span(start, end) for start, end in person.pieces)
    return Found(first, person.candidates, tuple(further))


class _Reader:
    """Goes over one text: signs of their own first, then what is no identifier, then digits and capitals."""

    def __init__(self, text: str, country: str | None, said: tuple[Said, ...], *, stated: bool) -> None:
        self._text, self._country, self._said, self._stated = text, country, said, stated
        self._taken: list[tuple[int, int]] = []
        self._tries = 0
        self.values: list[_Value] = []
        """In the order of the text."""
        self.left: list[tuple[int, int]] = []
        """Pieces with digits that nothing fits."""
        self.people: list[Named] = []

    def read(self) -> None:
        """Fill `values`, `people` and `left`."""
        for match in SIGNED.finditer(self._text):
            self._take_signed(match)
        for start, end in self._free():
            self._take_handles(start, end)
        self._take_people()
        for start, end in self._free():
            for match in NO_IDENTIFIER.finditer(self._text, start, end):
                if not self._spoken(match.start(), match.start()).is_named:
                    self._taken.append(match.span())
        shouted = self._text.isupper()
        for start, end in self._free():
            for run in runs(self._text, start, end, shouted=shouted):
                self._take_run(run)

    def _take_signed(self, match: re.Match[str]) -> None:
        written = trimmed(match[0])
        start, end = match.start(), match.start() + len(written)
        spoken = self._spoken(start, end)
        candidates = self._weigh(written, spoken)
        if not candidates or (candidates[0].clues[0] is Clue.SHAPE and candidates[0].kind is not Kind.AIRCRAFT_REG):
            return
        if candidates[0].kind is Kind.DOMAIN and _SENTENCE_END.search(written):
            return
        if candidates[0].kind is Kind.DOMAIN and written != self._text.strip() and not _is_domain(written):
            candidates = tuple(replace(each, confidence=Confidence.POSSIBLE, clues=(Clue.SHAPE,)) for each in candidates)
        self._take(_Value(start, end, candidates, spoken))

    def _take_handles(self, start: int, end: int) -> None:
        """Names after the name of a platform: "instagram: nadie", "usuario de TikTok nadie_22"."""
        for match in HANDLE.finditer(self._text, start, end):
            word, name = named(match["platform"]), trimmed(match["name"])
            evident = match["sign"] or re.search(r"[._\d]", name)
            if word is None or not evident or name.isdigit() or named(name) or folded(name) in FILLERS:
                continue
            spoken = Spoken((Said(word, Clue.WORD),))
            candidates = self._weigh(name, spoken)
            if candidates:
                at = match.start("name")
                self._take(_Value(at, at + len(name), candidates, spoken))

    def _take_people(self) -> None:
        """Whose name has an address within it is none: "Nombre: nadie@example.org, FN 12/03/1990"."""
        # what a row says of its own country does not say how the table's author writes dates
        for person in find_people(self._text, None if self._stated else date_order_in(self._country)):
            if not any(
                start < end_taken and start_taken < end for start, end in person.pieces for start_taken, end_taken in self._taken
            ):
                self.people.append(person)
        for person in self.people:
            self._taken.extend(person.pieces)
        self._set_births_aside()

    def _set_births_aside(self) -> None:
        """ "FN 1990" is no plate, unless nothing else stands in the line that could say what it is, or the heading does."""
        if any(each.clue in _STANDING for each in self._said):
            return
        for birth in find_births(self._text, flat(self._text)):
            if self._text[: birth.start].strip() or self._text[birth.date[1] :].strip():
                self._taken.append((birth.start, birth.date[1]))

    def _take(self, value: _Value) -> None:
        insort(self.values, value, key=_start)
        self._taken.append((value.start, value.end))

    def _free(self) -> list[tuple[int, int]]:
        """Pieces of the text that nothing has taken yet."""
        free, at = [], 0
        for start, end in sorted(self._taken):
            if start > at:
                free.append((at, start))
            at = max(at, end)
        if at < len(self._text):
            free.append((at, len(self._text)))
        return free

    def _take_run(self, run: list[Piece]) -> None:
        start, end = run[0].start, run[-1].end
        if self._tries > _MOST_TRIES or is_set_aside(self._text[max(0, start - _NEAR) : start]):
            self._leave(start, end)
            return
        # names of accounts are read after their platform; digits there are a telephone's, or nobody's
        around = self._spoken(start, end)
        spoken = replace(around, said=tuple(each for each in around.said if each.word.platform is None))
        later = spoken.as_hints()

        def weigh_window(first: int, last: int) -> tuple[Candidate, ...]:
            self._tries += 1
            return self._weigh(self._text[first:last], spoken if first == start else later)

        at = start
        for value_start, value_end, candidates in split(run, weigh_window):
            self._leave(at, value_start)
            self._take(_Value(value_start, value_end, candidates, spoken if value_start == start else later))
            at = value_end
        self._leave(at, end)

    def _leave(self, start: int, end: int) -> None:
        piece = self._text[start:end]
        if any(sign.isdigit() for sign in piece):
            blanks = len(piece) - len(piece.lstrip())
            self.left.append((start + blanks, start + len(piece.rstrip())))

    def _spoken(self, start: int, end: int) -> Spoken:
        """What the words around a value say of it."""
        behind = said_behind(self._text, end) if end > start else None
        if behind is not None:
            return behind
        place = bisect_right(self.values, start, key=_start)
        previous = self.values[place - 1] if place else None
        words = words_of(self._text[max(0, start - _NEAR, previous.end if previous else 0) : start])
        if previous and start - previous.end < _NEAR and is_list(words):
            spoken = previous.spoken.carried(self._said)
        else:
            spoken = said_before(words, self._said)
        state = state_behind(self._text, end) if end > start else None
        return replace(spoken, state=state or spoken.state)

    def _weigh(self, text: str, spoken: Spoken) -> tuple[Candidate, ...]:
        stated = self._stated or spoken.state is not None
        return weigh(text, spoken.state or self._country, spoken.said, stated=stated)


def _start(value: _Value) -> int:
    return value.start


def _is_domain(written: str) -> bool:
    """Whether two words with a dot between them are meant as a host, inside of a sentence."""
    ending = written.rpartition(".")[2].partition("/")[0]
    return bool(re.match("www\\.|https?:", written, re.IGNORECASE)) or (ending in COMMON_ENDINGS and written.islower())
