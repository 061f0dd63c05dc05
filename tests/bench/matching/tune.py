"""The weights of `protocol/names/weighing.py`, fitted to the tuning registers: `python -m tests.bench.matching.tune`.

Never run on the registers of the score. What is printed is written into the module by hand, after a look.
"""

from math import log

import numpy as np
from sklearn.linear_model import LogisticRegression

from protocol.names import Fact, Person
from protocol.names.measuring import Pair, compare
from protocol.names.rarity import rarity_of_given_name, rarity_of_surname
from tests.bench.matching.registers import TUNING, people, registers

_STRANGERS = 200_000
_SURNAMES = (Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME)
_TERMS = (
    "given name, by rarity",
    "surnames, by rarity",
    "whole date",
    "year and day",
    "year and month",
    "other name differs",
    "all surnames, no given name",
    "second given name",
    "other second given name",
    "surname missing",
    "spelt otherwise",
)


def _terms(person: Person, pair: Pair) -> list[float]:
    facts = pair.facts
    given = Fact.GIVEN_NAME in facts
    agreeing = [word for fact, word in zip(_SURNAMES, person.surnames, strict=False) if fact in facts]
    whole = Fact.BIRTH_DATE in facts or facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}
    second = Fact.SECOND_GIVEN_NAME in facts
    both = given and bool(agreeing)
    return [
        rarity_of_given_name(person.given[0]) if given else 0,
        sum(map(rarity_of_surname, agreeing)),
        whole,
        not whole and Fact.YEAR_AND_DAY in facts,
        not whole and Fact.YEAR_AND_MONTH in facts,
        not both and Fact.INITIALS not in facts and bool(person.given and person.surnames),
        not given and bool(person.surnames) and len(agreeing) == len(person.surnames),
        second,
        not second and Fact.BIRTH_DATE in facts and len(person.given) > 1,
        len(agreeing) < len(person.surnames) > 1,
        both and Fact.BIRTH_DATE in facts and facts.isdisjoint({Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}),
    ]


def main() -> None:
    """Print one weight a line, and the constant that is left when the size of the list is taken out."""
    rows, right, weights, sizes = [], [], [], []
    for name in TUNING:
        data = registers(name, _STRANGERS)
        asked = list(people(data.asked))
        answer = compare(asked, people(data.held))
        rows += [_terms(asked[pair.asked], pair) for pair in answer.pairs]
        right += [data.truth[pair.asked] == pair.held for pair in answer.pairs]
        # A set counts as much as any other, however many pairs it has: none of them is the register of a country.
        weights += [5000 / len(answer.pairs)] * len(answer.pairs)
        sizes.append(log(len(data.held)))
    fitted = LogisticRegression(C=3, max_iter=3000).fit(np.array(rows, float), np.array(right), weights)
    for term, weight in zip(_TERMS, fitted.coef_[0], strict=True):
        print(f"{weight:7.2f}  {term}")
    print(f"{fitted.intercept_[0] + np.mean(sizes):7.2f}  constant")


if __name__ == "__main__":
    main()
