"""Why name keys miss the people whom they miss: each true pair that is not shown, by the first reason that fits."""

from collections import Counter
from collections.abc import Iterable

from protocol.names import Person, Verdict
from protocol.names.measuring import Pair, compare, one_to_one
from tests.bench.matching.registers import Registers, people

REASONS = {
    "outdone": "somebody else's odds were higher",
    "chance": "keys agree, and as many strangers' do",
    "names": "same birth date; given name, surnames and initials differ",
    "part_of_date": "part of the date agrees; the given name or all surnames are spelt otherwise",
    "no_date": "the date is missing on one side; one surname, or a name is spelt otherwise",
    "other_date": "the date is another one; one surname, or a name is spelt otherwise",
}


def misses(data: Registers) -> Counter[str]:
    """How many true pairs are not shown, by reason."""
    asked = list(people(data.asked))
    pairs = compare(asked, people(data.held)).pairs
    shown = [pair for pair in pairs if pair.verdict is not Verdict.CHANCE]
    found = _right(one_to_one(shown), data)
    candidates, hits = _right(shown, data), _right(pairs, data)
    wanted = set(data.truth)
    held = {place: person for place, person in enumerate(people(data.held)) if place in wanted}
    counted: Counter[str] = Counter()
    for number, place in enumerate(data.truth):
        if number in found:
            continue
        if number in candidates:
            counted["outdone"] += 1
        elif number in hits:
            counted["chance"] += 1
        else:
            counted[_of_no_key(asked[number], held[place])] += 1
    return counted


def _right(pairs: Iterable[Pair], data: Registers) -> set[int]:
    return {pair.asked for pair in pairs if data.truth[pair.asked] == pair.held}


def _of_no_key(asked: Person, held: Person) -> str:
    mine, theirs = asked.born, held.born
    if mine is None or theirs is None:
        return "no_date"
    if mine == theirs and mine.is_whole:
        return "names"
    parts = {mine.month, mine.day} & {theirs.month, theirs.day} - {None}
    return "part_of_date" if mine.year == theirs.year and parts else "other_date"
