"""Evidence and verdicts. All people are invented."""

from itertools import combinations
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import Agreement, Fact, NameKey, Person, Verdict, judge, name_keys, read_birth_date, read_person

PEOPLE = (
    ("Rosa Elvira", "Quispe Huamán", "1990-05-31"),
    ("María", "García", "1990-05-31"),
    ("María", "Silva Santos", "1990-01-01"),
    ("Joana", "Aveiro Brandão Couto", "1990-05-07"),
    ("Juan", "Rodríguez", "1990-07-07"),
    ("Ana", "Anna Anaya", "1990-05-06"),
    ("José", "", "1990-05-06"),
    ("", "Quispe Luna", "1990-05-06"),
    ("Rosa", "Quispe Luna", ""),
    ("Rosa", "Quispe", "1990-05"),
    ("Rosa", "Quispe Luna", "1990"),
)
ORDER = [Verdict.CHANCE, Verdict.CANDIDATE, Verdict.STRONG]


def person(given_names: str, surnames: str, born: str) -> Person:
    return read_person(given_names, surnames, read_birth_date(born))


def told_by(keys: tuple[NameKey, ...]) -> frozenset[Fact]:
    return frozenset[Fact]().union(*(key.facts for key in keys))


def shared(asked: Person, held: Person) -> frozenset[Fact]:
    """What the keys of `asked` that `held` has, too, tell."""
    known = {key.canonical for key in name_keys(held)}
    return told_by(tuple(key for key in name_keys(asked) if key.canonical in known))


def reasons(asked: tuple[str, str, str], held: tuple[str, str, str]) -> tuple[Agreement, ...]:
    return judge(person(*asked), shared(person(*asked), person(*held)), 1000).agreements


ROSA = ("Rosa Elvira", "Quispe Huamán", "1990-05-07")


@pytest.mark.parametrize(
    ("held", "why"),
    [
        (
            ("Rosa", "Kispe Waman", "1990-05-07"),
            ("same_given_name", "same_first_surname", "same_second_surname", "same_birth_date"),
        ),
        (("Rosa", "Quispe", "1990-05-07"), ("same_given_name", "same_first_surname", "no_second_surname", "same_birth_date")),
        (
            ("Rosa", "Quispe", "1990-07-05"),
            ("same_given_name", "same_first_surname", "no_second_surname", "day_and_month_exchanged"),
        ),
        (("Rosa", "Quispe", "1990-05-21"), ("same_given_name", "same_first_surname", "no_second_surname", "other_day")),
        (("Rosa", "Quispe", "1990-09-07"), ("same_given_name", "same_first_surname", "no_second_surname", "other_month")),
        (
            ("Rosa", "Quispe Huamán", "1971-02-03"),
            ("same_given_name", "same_first_surname", "same_second_surname", "other_birth_date"),
        ),
        (("Rosa", "Quispe Huamán", ""), ("same_given_name", "same_first_surname", "same_second_surname", "other_birth_date")),
        (
            ("Elvira", "Huamán", "1990-05-07"),
            ("other_given_name", "other_first_surname", "same_second_surname", "same_birth_date"),
        ),
        (
            ("Rita", "Kantuta", "1990-05-07"),
            ("other_given_name", "other_first_surname", "no_second_surname", "same_initials", "same_birth_date"),
        ),
        (("Quispe", "Rosa", "1990-05-07"), ("same_given_name", "same_first_surname", "no_second_surname", "same_birth_date")),
    ],
)
def test_the_reasons_say_what_agrees_and_what_does_not(held: tuple[str, str, str], why: tuple[str, ...]) -> None:
    assert reasons(ROSA, held) == why


def test_of_what_the_question_lacks_nothing_is_said_to_differ() -> None:
    assert reasons(("Rosa", "Quispe Luna", ""), ("Rosa", "Quispe Luna", "1990-05-07"))[-1] is Agreement.NO_BIRTH_DATE
    assert reasons(("Rosa", "Quispe Luna", "1990"), ("Rosa", "Quispe Luna", "1990-05-07"))[-1] is Agreement.NO_BIRTH_DATE
    assert reasons(("", "Quispe", "1990-05-07"), ("Rosa", "Quispe Luna", "1990-05-07")) == (
        "same_first_surname",
        "same_birth_date",
    )
    assert reasons(("Rosa", "", "1990-05-07"), ("Rosa", "Quispe Luna", "1990-05-07")) == ("same_given_name", "same_birth_date")


def test_a_placeholder_date_is_named_and_weighs_less() -> None:
    usual, placeholder = person("Rosa", "Quispe", "1990-05-07"), person("Rosa", "Quispe", "1990-01-01")
    assert Agreement.PLACEHOLDER_DATE in reasons(("Rosa", "Quispe", "1990-01-01"), ("Rosa", "Quispe", "1990-01-01"))
    assert Agreement.PLACEHOLDER_DATE not in reasons(ROSA, ROSA)
    every = judge(usual, shared(usual, usual), 1000).odds
    assert judge(placeholder, shared(placeholder, placeholder), 1000).odds == pytest.approx(every - 2)


@pytest.mark.parametrize(
    ("held", "people", "verdict"),
    [
        (ROSA, 1_000_000, Verdict.STRONG),
        (("Rosa", "Quispe", "1990-05-07"), 200_000, Verdict.STRONG),
        (("Rosa", "Quispe Huamán", "1971-02-03"), 200_000, Verdict.CANDIDATE),
        (("Rosa", "Quispe", "1990-05-21"), 200_000, Verdict.CANDIDATE),
        (("Rosa", "Quispe", "1990-05-21"), 1_000_000, Verdict.CHANCE),
        (("Rita", "Kantuta", "1990-05-07"), 200_000, Verdict.CHANCE),
    ],
)
def test_one_agreement_means_less_the_longer_the_list(held: tuple[str, str, str], people: int, verdict: Verdict) -> None:
    assert judge(person(*ROSA), shared(person(*ROSA), person(*held)), people).verdict is verdict


def test_to_share_a_rare_name_says_more_than_to_share_a_common_one() -> None:
    def odds(asked: tuple[str, str, str]) -> float:
        return judge(person(*asked), shared(person(*asked), person(*asked)), 1000).odds

    born = "1990-05-07"
    assert odds(("María", "García", born)) < odds(("María", "Villarroel", born)) < odds(("Milagros", "Villarroel", born))


def test_all_of_one_surname_says_more_than_one_of_two() -> None:
    known = frozenset({Fact.FIRST_SURNAME, Fact.BIRTH_DATE})
    assert (
        judge(person("Rosa", "Quispe", "1990-05-07"), known, 1).odds
        > judge(person("Rosa", "Quispe Luna", "1990-05-07"), known, 1).odds
    )


@pytest.mark.parametrize("who", PEOPLE)
def test_more_agreement_never_lowers_the_odds(who: tuple[str, str, str]) -> None:
    asked = person(*who)
    keys = name_keys(asked)
    for size in range(1, len(keys)):
        for hits in combinations(keys, size):
            before = judge(asked, told_by(hits), 1000)
            for one_more in keys:
                after = judge(asked, told_by((*hits, one_more)), 1000)
                assert after.odds >= before.odds
                assert ORDER.index(after.verdict) >= ORDER.index(before.verdict)


@given(st.sampled_from(PEOPLE), st.data(), st.integers(0, 10**8), st.integers(0, 10**8))
def test_a_longer_list_never_raises_a_verdict_and_tells_the_same_reasons(
    who: tuple[str, str, str], data: st.DataObject, one: int, other: int
) -> None:
    asked = person(*who)
    facts = told_by(tuple(data.draw(st.lists(st.sampled_from(name_keys(asked)), min_size=1))))
    short, long = (judge(asked, facts, people) for people in sorted((one, other)))
    assert short.odds >= long.odds
    assert ORDER.index(short.verdict) >= ORDER.index(long.verdict)
    assert short.agreements == long.agreements


@given(st.sampled_from(PEOPLE), st.data())
def test_no_reason_contradicts_another_and_each_is_given_once(who: tuple[str, str, str], data: st.DataObject) -> None:
    asked = person(*who)
    facts = told_by(tuple(data.draw(st.lists(st.sampled_from(name_keys(asked)), min_size=1))))
    given_reasons = judge(asked, facts, 1).agreements
    assert len(set(given_reasons)) == len(given_reasons)
    assert (Agreement.SAME_GIVEN_NAME in given_reasons) == (Fact.GIVEN_NAME in facts)
    assert (Agreement.SAME_FIRST_SURNAME in given_reasons) == (Fact.FIRST_SURNAME in facts)
    assert (Agreement.SAME_BIRTH_DATE in given_reasons) == (Fact.BIRTH_DATE in facts)
    dates = {Agreement.SAME_BIRTH_DATE, Agreement.DAY_AND_MONTH_EXCHANGED, Agreement.OTHER_MONTH, Agreement.OTHER_DAY}
    assert len(set(given_reasons) & (dates | {Agreement.OTHER_BIRTH_DATE, Agreement.NO_BIRTH_DATE})) == 1
    for name in ("given_name", "first_surname"):
        assert not {Agreement(f"same_{name}"), Agreement(f"other_{name}")} <= set(given_reasons)


def test_the_length_of_the_list_counts_by_its_logarithm_and_a_short_one_as_ten_thousand_persons() -> None:
    asked = person(*ROSA)
    facts = told_by(name_keys(asked))
    assert judge(asked, facts, 10_000).odds - judge(asked, facts, 50_000).odds == pytest.approx(log(5))
    assert judge(asked, facts, 0) == judge(asked, facts, 300) == judge(asked, facts, 10_000)


def test_initials_and_a_date_alone_are_no_hit_in_a_list_however_short() -> None:
    asked = person(*ROSA)
    assert judge(asked, frozenset({Fact.INITIALS, Fact.BIRTH_DATE}), 1).verdict is not Verdict.STRONG
