"""How well the keys find people again, on registers whose right answer is known: for the bench, and for a country's own data.

Each person of the asker's register is a question; each may be at most one person of the holder's, and the other way round.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

from protocol.names.errors import NotComparable
from protocol.names.keys import Fact, NameKey, name_keys
from protocol.names.people import Person
from protocol.names.weighing import Verdict, judge


@dataclass(frozen=True, slots=True)
class Pair:
    """An asker's person and a holder's, each by its number, that agree in `facts`; `odds` as in `Judgement`."""

    asked: int
    held: int
    facts: frozenset[Fact]
    odds: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Answer:
    """All pairs that share a key, of `questions` persons; `keys`: OPRF inputs that all questions cost together."""

    pairs: tuple[Pair, ...]
    questions: int
    keys: int


@dataclass(frozen=True, slots=True)
class Measures:
    """At one threshold, one-to-one. `false_hits`: handles of strangers shown for one question, before one-to-one."""

    precision: float
    recall: float
    f1: float
    false_hits: float


def compare(asked: Sequence[Person], held: Iterable[Person]) -> Answer:
    """Every pair that shares a key, judged by the number of persons held. The held ones are read once and not kept."""
    return compare_keys(((person, _keys(person)) for person in asked), map(_keys, held))


def compare_keys(asked: Iterable[tuple[Person, Iterable[NameKey]]], held: Iterable[Iterable[NameKey]]) -> Answer:
    """As `compare`, of people whose keys have been made; who cannot be compared has none. All asked ones are read first."""
    questions: list[Person] = []
    wanted: dict[str, list[tuple[int, frozenset[Fact]]]] = defaultdict(list)
    keys = 0
    for number, (person, made) in enumerate(asked):
        questions.append(person)
        for key in made:
            wanted[key.canonical].append((number, key.facts))
            keys += 1
    facts: dict[tuple[int, int], frozenset[Fact]] = {}
    people = 0
    for number, found in enumerate(held):
        people += 1
        for key in found:
            for asking, told in wanted.get(key.canonical, ()):
                pair = (asking, number)
                facts[pair] = facts.get(pair, frozenset()) | told
    alike = Counter((asking, told) for (asking, _), told in facts.items())
    judged = ((pair, told, judge(questions[pair[0]], told, people, alike[pair[0], told])) for pair, told in facts.items())
    return Answer(tuple(Pair(*pair, told, each.odds, each.verdict) for pair, told, each in judged), len(questions), keys)


def _keys(person: Person) -> tuple[NameKey, ...]:
    try:
        return name_keys(person)
    except NotComparable:
        return ()


def one_to_one(pairs: Iterable[Pair]) -> list[Pair]:
    """The likeliest pairs in which nobody stands twice, the likeliest first.

    Pairs of equal odds come in an order that has nothing to do with the places in the registers: where both are sorted alike,
    places tell who is whom.
    """
    taken_asked: set[int] = set()
    taken_held: set[int] = set()
    kept = []
    for pair in sorted(pairs, key=lambda each: (-each.odds, crc32(b"%d:%d" % (each.asked, each.held)))):
        if pair.asked not in taken_asked and pair.held not in taken_held:
            taken_asked.add(pair.asked)
            taken_held.add(pair.held)
            kept.append(pair)
    return kept


def measure(answer: Answer, truth: Mapping[int, int], verdicts: frozenset[Verdict]) -> Measures:
    """What showing the pairs with these verdicts gives; `truth`: of each asked person that is held, the number there."""
    shown = [pair for pair in answer.pairs if pair.verdict in verdicts]
    false_hits = sum(truth.get(pair.asked) != pair.held for pair in shown)
    kept = one_to_one(shown)
    right = sum(truth.get(pair.asked) == pair.held for pair in kept)
    precision = right / len(kept) if kept else 0.0
    recall = right / len(truth) if truth else 0.0
    f1 = 2 * precision * recall / (precision + recall) if right else 0.0
    return Measures(precision, recall, f1, false_hits / answer.questions if answer.questions else 0.0)


def recall_at_precision(answer: Answer, truth: Mapping[int, int], precision: float) -> float:
    """The highest recall at which at least `precision` of the pairs shown are right, over all thresholds of the odds."""
    kept = one_to_one(answer.pairs)
    best, right = 0, 0
    for number, pair in enumerate(kept, start=1):
        right += truth.get(pair.asked) == pair.held
        # Pairs of the same odds are shown together or not at all.
        ends = number == len(kept) or kept[number].odds != pair.odds
        if ends and right >= precision * number:
            best = right
    return best / len(truth) if truth else 0.0
