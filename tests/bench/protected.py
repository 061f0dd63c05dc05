"""How many innocent people the protected register stops by their names, and how many under protection it recognises.

    make bench-protected

Nobody of these exists: `invented.py` makes them, register and questions by the same rules, so that a stop is a coincidence. Half
of the innocent are asked about as another office writes them. Keys are compared in clear, since marks are equal where keys are.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from random import Random

from node.safeguards.protected import Standing
from node.safeguards.protected.standing import weighed
from protocol.names import Fact, NameKey, NotComparable, Person, name_keys, read_birth_date, read_person
from tests.bench import invented

REGISTER = 100_000
QUESTIONS = 100_000
RECOGNISED = 20_000
SEED = 20_261_122
MOST_FALSE_STOPS = 1 / 10_000


def main(register: int = REGISTER, questions: int = QUESTIONS, recognised: int = RECOGNISED) -> int:
    """Measure in both languages. 1 if too many innocent people are stopped."""
    worst = 0.0
    print("| names | people | asked | stopped | for the liaison |")
    print("| --- | --- | --- | --- | --- |")
    for language in ("spanish", "portuguese"):
        bench = _Bench(language, register)
        innocent = bench.standings(bench.innocent(questions))
        worst = max(worst, innocent[Standing.PROTECTED] / questions)
        _row(language, "innocent", innocent)
        for how, rows in bench.written(recognised):
            _row(language, how, bench.standings(rows))
    print(f"\nWorst share of innocent people stopped: {worst * 10_000:.2f} in 10,000, in a register of {register:,}.")
    return int(worst >= MOST_FALSE_STOPS)


def _row(language: str, who: str, counted: Counter[Standing]) -> None:
    asked = counted.total()
    stopped, weak = (counted[each] / asked for each in (Standing.PROTECTED, Standing.WEAK))
    print(f"| {language} | {who} | {asked:,} | {stopped:.3%} | {weak:.2%} |", flush=True)


class _Bench:
    """A register of invented people, and questions about them and others."""

    def __init__(self, language: str, size: int) -> None:
        self._draw = Random(f"{language} {SEED}")  # noqa: S311  invented people
        self._names = invented.names(spanish=language == "spanish")
        self._held = [invented.person(self._draw, self._names) for _ in range(size)]
        self._bearers: defaultdict[str, list[int]] = defaultdict(list)
        for number, person in enumerate(self._held):
            for key in _keys(_read(person.row())):
                self._bearers[key.canonical].append(number)

    def innocent(self, number: int) -> Iterable[invented.Row]:
        """People who are not in the register, every other one as a second office writes them."""
        for count in range(number):
            person = invented.person(self._draw, self._names)
            yield invented.second(self._draw, person, self._names) if count % 2 else person.row()

    def written(self, number: int) -> Iterable[tuple[str, list[invented.Row]]]:
        """People of the register, as they are written there and otherwise; each with the birth date, but in the last way."""
        people = self._held[:number]
        rows = [person.row() for person in people]
        yield "protected, as entered", rows
        yield (
            "without accents, in capitals",
            [(invented.bare(given).upper(), invented.bare(names).upper(), born) for given, names, born in rows],
        )
        yield "given names and surnames exchanged", [(names, given, born) for given, names, born in rows]
        two = [person for person in people if len(person.surnames) > 1]
        yield "surnames in the other order", [(_joined(each.given), _joined(each.surnames[::-1]), each.row()[2]) for each in two]
        yield "second surname missing", [(_joined(each.given), each.surnames[0], each.row()[2]) for each in two]
        yield "first surname missing", [(_joined(each.given), each.surnames[1], each.row()[2]) for each in two]
        yield "first given name an initial", [(f"{each.given[0][0]}.", _joined(each.surnames), each.row()[2]) for each in people]
        typed = [(_typed(self._draw, given), _typed(self._draw, names), born) for given, names, born in rows]
        yield "a typing slip in both names", typed
        seconds = [invented.second(self._draw, person, self._names) for person in people]
        yield "as a second office has them", [row for row in seconds if row[2]]
        yield "without a birth date", [(given, names, "") for given, names, _ in rows]

    def standings(self, rows: Iterable[invented.Row]) -> Counter[Standing]:
        """What the register says of each."""
        return Counter(self._standing(row) for row in rows)

    def _standing(self, row: invented.Row) -> Standing:
        person, agreeing = _read(row), defaultdict[int, frozenset[Fact]](frozenset)
        if person is None:
            return Standing.NOBODY
        for key in _keys(person):
            for bearer in self._bearers.get(key.canonical, ()):
                agreeing[bearer] |= key.facts
        return weighed(person, agreeing.values(), len(self._held))


def _joined(words: Iterable[str]) -> str:
    return " ".join(words)


def _typed(draw: Random, words: str) -> str:
    first, *others = words.split()
    return _joined([invented.mistyped(draw, first), *others])


def _read(row: invented.Row) -> Person | None:
    try:
        return read_person(row[0], row[1], read_birth_date(row[2]))
    except NotComparable:
        return None


def _keys(person: Person | None) -> tuple[NameKey, ...]:
    try:
        return () if person is None else name_keys(person)
    except NotComparable:
        return ()


if __name__ == "__main__":
    sys.exit(main())
