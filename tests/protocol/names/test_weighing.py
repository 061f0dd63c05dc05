"""Evidence and verdicts. All people are invented."""

from itertools import combinations
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.names import Agreement, Fact, NameKey, Person, Verdict, judge, name_keys, read_birth_date, read_person
from protocol.names.weighing import MOST_ALIKE, STRONG

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
EXCHANGED = {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}
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
            ("Rosa Elvira", "Kispe Waman", "1990-05-07"),
            ("same_given_name", "same_second_given_name", "same_first_surname", "same_second_surname", "same_birth_date"),
        ),
        (
            ("Rosa", "Quispe", "1990-05-07"),
            ("same_given_name", "other_second_given_name", "same_first_surname", "other_second_surname", "same_birth_date"),
        ),
        (
            ("Rosa", "Quispe", "1990-07-05"),
            ("same_given_name", "same_first_surname", "other_second_surname", "day_and_month_exchanged"),
        ),
        (("Rosa", "Quispe", "1990-05-21"), ("same_given_name", "same_first_surname", "other_second_surname", "other_day")),
        (("Rosa", "Quispe", "1990-09-07"), ("same_given_name", "same_first_surname", "other_second_surname", "other_month")),
        (
            ("Rosa", "Quispe Huamán", "1971-02-03"),
            ("same_given_name", "same_first_surname", "same_second_surname", "other_birth_date"),
        ),
        (("Rosa", "Quispe Huamán", ""), ("same_given_name", "same_first_surname", "same_second_surname", "other_birth_date")),
        (
            ("Elvira", "Huamán", "1990-05-07"),
            ("other_given_name", "same_second_given_name", "other_first_surname", "same_second_surname", "same_birth_date"),
        ),
        (
            ("Rita", "Kantuta", "1990-05-07"),
            (
                *("other_given_name", "other_second_given_name", "other_first_surname", "other_second_surname", "same_initials"),
                "same_birth_date",
            ),
        ),
        (
            ("Quispe", "Rosa", "1990-05-07"),
            ("same_given_name", "other_second_given_name", "same_first_surname", "other_second_surname", "same_birth_date"),
        ),
        (
            ("Roza Elvira", "Quisbe", "1990-05-07"),
            (
                *("same_given_name", "same_second_given_name", "same_first_surname", "other_second_surname", "spelt_otherwise"),
                "same_birth_date",
            ),
        ),
    ],
)
def test_the_reasons_say_what_agrees_and_what_does_not(held: tuple[str, str, str], why: tuple[str, ...]) -> None:
    assert reasons(ROSA, held) == why


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("Rosa", "Quispe Luna", ""), ("same_given_name", "same_first_surname", "same_second_surname", "birth_date_not_asked")),
        (("Rosa", "Quispe Luna", "1990"), ("same_given_name", "same_first_surname", "same_second_surname", "only_year_asked")),
        (("Rosa", "Quispe", "1990-05"), ("same_given_name", "same_first_surname", "second_surname_not_asked", "day_not_asked")),
        (
            ("Rosa", "Quispe", "1990-00-07"),
            ("same_given_name", "same_first_surname", "second_surname_not_asked", "month_not_asked"),
        ),
        (
            ("", "Quispe", "1990-05-07"),
            ("given_name_not_asked", "same_first_surname", "second_surname_not_asked", "same_birth_date"),
        ),
        (("Rosa", "", "1990-05-07"), ("same_given_name", "surnames_not_asked", "same_birth_date")),
    ],
)
def test_what_the_question_lacks_is_said_to_be_the_questions_lack_and_never_to_differ(
    asked: tuple[str, str, str], why: tuple[str, ...]
) -> None:
    assert reasons(asked, ("Rosa", "Quispe Luna", "1990-05-07")) == why


@given(st.sampled_from(PEOPLE), st.data())
def test_what_differs_or_is_missing_there_was_asked_and_what_was_not_asked_does_not_differ(
    who: tuple[str, str, str], data: st.DataObject
) -> None:
    asked = person(*who)
    told = set(judge(asked, told_by(tuple(data.draw(st.lists(st.sampled_from(name_keys(asked)), min_size=1)))), 1).agreements)
    born = asked.born
    for part, differs, not_asked in (
        (asked.given, "other_given_name", "given_name_not_asked"),
        (asked.surnames, "other_first_surname", "surnames_not_asked"),
        (asked.surnames[1:], "other_second_surname", "second_surname_not_asked"),
        (born, "other_birth_date", "birth_date_not_asked"),
        (born and born.month, "other_month", "month_not_asked"),
        (born and born.day, "other_day", "day_not_asked"),
    ):
        assert Agreement(not_asked if part else differs) not in told


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
        (("Rosa", "Quispe", "1990-05-07"), 10_000, Verdict.STRONG),
        (("Rosa", "Quispe", "1990-05-07"), 200_000, Verdict.CANDIDATE),
        (("Rosa", "Quispe Huamán", "1971-02-03"), 200_000, Verdict.CANDIDATE),
        (("Rosa", "Quispe", "1990-05-21"), 10_000, Verdict.CANDIDATE),
        (("Rosa", "Quispe", "1990-05-21"), 200_000, Verdict.CHANCE),
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
                if told_by(hits) >= EXCHANGED and Fact.BIRTH_DATE in one_more.facts:
                    continue  # who is held with day and month exchanged has no key with this date
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
    agree = {Agreement.SAME_BIRTH_DATE, Agreement.DAY_AND_MONTH_EXCHANGED, Agreement.OTHER_MONTH, Agreement.OTHER_DAY}
    not_asked = {Agreement.MONTH_NOT_ASKED, Agreement.DAY_NOT_ASKED, Agreement.ONLY_YEAR_ASKED, Agreement.BIRTH_DATE_NOT_ASKED}
    assert len(set(given_reasons) & (agree | not_asked | {Agreement.OTHER_BIRTH_DATE})) == 1
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


@given(st.sampled_from(PEOPLE), st.data(), st.integers(1, 1000), st.integers(1, 1000))
def test_the_more_agree_in_the_same_the_less_it_says_unless_it_is_the_whole_person(
    who: tuple[str, str, str], data: st.DataObject, one: int, other: int
) -> None:
    asked = person(*who)
    facts = told_by(tuple(data.draw(st.lists(st.sampled_from(name_keys(asked)), min_size=1))))
    alone, few, many = (judge(asked, facts, 200_000, alike) for alike in (1, *sorted((one, other))))
    assert alone.odds >= few.odds >= many.odds
    assert few.odds == alone.odds or few.verdict is not Verdict.STRONG
    dated = Fact.BIRTH_DATE in facts or facts >= {Fact.YEAR_AND_DAY, Fact.YEAR_AND_MONTH}
    if dated and Fact.GIVEN_NAME in facts and facts & {Fact.FIRST_SURNAME, Fact.SECOND_SURNAME, Fact.THIRD_SURNAME}:
        assert many == alone
    else:
        assert (Agreement.OTHERS_ALIKE in many.agreements) == (max(one, other) > 1)


def test_of_more_namesakes_than_an_officer_can_look_at_none_is_shown() -> None:
    asked = person(*ROSA)
    facts = frozenset({Fact.GIVEN_NAME, Fact.FIRST_SURNAME, Fact.SECOND_SURNAME})
    verdicts = [judge(asked, facts, 10_000, alike).verdict for alike in (1, 2, MOST_ALIKE, MOST_ALIKE + 1)]
    assert verdicts == [*[Verdict.CANDIDATE] * 3, Verdict.CHANCE]


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (("Rosa", "Villarroel Huamán", "1990-05-07"), ("Rosa", "Villarroel Huamán", "1961-02-03")),
        (("Rosa", "Villarroel Huamán", "1990-05-07"), ("Edgar", "Villarroel Huamán", "1990-05-07")),
        (("", "Villarroel", "1990-05-07"), ("Rosa", "Villarroel", "1990-05-07")),
        (("Milagros", "", "1990-05-07"), ("Milagros", "Villarroel", "1990-05-07")),
    ],
)
def test_a_namesake_a_twin_and_half_a_name_are_never_more_than_candidates(
    asked: tuple[str, str, str], held: tuple[str, str, str]
) -> None:
    judgement = judge(person(*asked), shared(person(*asked), person(*held)), 1)
    assert judgement.odds >= STRONG
    assert judgement.verdict is Verdict.CANDIDATE
