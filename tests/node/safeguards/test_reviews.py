"""Random reviews: the same for a thing in whatever writing, a half of them for ever, as rare as is said. All are invented."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.keys import Keys
from node.safeguards.reviews import BESIDE, SEASON_DAYS, Review, beside, canonical_forms, chance_beside, draw
from node.settings import REVIEW_FLOOR
from protocol.identifiers import Identifier, Kind, RawIdentifier, normalise
from protocol.names import Person, name_keys, read_birth_date, read_person
from tests.node.conftest import new_keys, phone

MANY = 6_000
DAY = date(2026, 11, 20).toordinal()


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return new_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return new_keys(tmp_path_factory.mktemp("other"))


def inputs_of(*identifiers: Identifier) -> list[bytes]:
    return [each.oprf_input() for each in identifiers]


def person(given_names: str, surnames: str, born: str) -> Person:
    return read_person(given_names, surnames, read_birth_date(born))


def keys_of(person: Person) -> list[bytes]:
    return [key.oprf_input() for key in name_keys(person)]


def drawn_among(keys: Keys, lines: list[list[bytes]], rate: float) -> int:
    return sum(draw(keys, line, rate, DAY) is not None for line in lines)


def test_of_identifiers_as_many_are_drawn_as_the_rate_says_and_half_of_them_take_two(keys: Keys) -> None:
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(MANY)]
    drawn = [draw(keys, line, 0.05, DAY) for line in lines]
    # within five standard deviations of 300, and of a half of them
    assert 215 <= sum(each is not None for each in drawn) <= 385
    assert 90 <= drawn.count(Review.BY_TWO) <= 210


def test_of_people_no_fewer_are_drawn_and_no_more_than_twice_as_many(keys: Keys) -> None:
    first = date(1950, 1, 1)
    lines = [keys_of(person("Rosa Elvira", "Quispe Huamán", str(first + timedelta(days=day)))) for day in range(MANY)]
    # four keys of a date each, each drawn half as often as an identifier; five standard deviations
    assert 460 <= drawn_among(keys, lines, 0.05) <= 700


@given(number=st.integers(0, 99_999))
def test_a_number_draws_alike_under_every_version_of_the_rule_and_in_every_kind_that_it_stands_in(
    keys: Keys, number: int
) -> None:
    one = phone(f"+5730155{number:05}")
    later = Identifier(one.kind, f"{one.version}-and-later", one.canonical)
    payment = Identifier(Kind.PIX_KEY, "1", one.canonical)
    assert (
        draw(keys, inputs_of(one), 0.2, DAY) == draw(keys, inputs_of(later), 0.2, DAY) == draw(keys, inputs_of(payment), 0.2, DAY)
    )


@given(number=st.integers(0, 99_999))
def test_a_number_as_phone_as_messaging_link_and_as_payment_key_is_one_thing(keys: Keys, number: int) -> None:
    written = f"+5511987{number:06}"[:14]
    ways = [
        normalise(RawIdentifier(Kind.PHONE, written, country="BR")),
        normalise(RawIdentifier(Kind.PHONE, f"https://wa.me/{written[1:]}", country="BR")),
        normalise(RawIdentifier(Kind.PIX_KEY, written, country="BR")),
    ]
    drawn = {draw(keys, inputs_of(*forms), 0.2, DAY) for forms in ways}
    assert len(drawn) == 1
    assert len({tuple(canonical_forms(inputs_of(*forms))) for forms in ways}) == 1


@given(
    st.sampled_from(["Rosa Elvira", "Ana", "Luz Dary"]),
    st.sampled_from(["Quispe Huamán", "Muñoz", "Soto Vera"]),
    st.dates(date(1920, 1, 1), date(2019, 12, 31)),
)
def test_a_person_draws_alike_in_any_order_of_the_columns_and_without_accents(
    keys: Keys, given_names: str, surnames: str, born: date
) -> None:
    day = str(born)
    one = draw(keys, keys_of(person(given_names, surnames, day)), 0.2, DAY)
    exchanged = draw(keys, keys_of(person(surnames, given_names, day)), 0.2, DAY)
    plain = draw(keys, keys_of(person(given_names.upper(), surnames.replace("á", "a").replace("ñ", "n"), day)), 0.2, DAY)
    assert one == plain
    if len(given_names.split()) == len(surnames.split()) == 2:
        assert one == exchanged


def test_a_higher_rate_draws_all_that_a_lower_one_does(keys: Keys) -> None:
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(500)]
    low, high = ({tuple(line) for line in lines if draw(keys, line, rate, DAY)} for rate in (0.05, 0.2))
    assert low < high


@pytest.mark.parametrize("rate", [0.005, 1.0])
def test_nothing_to_draw_from_is_not_drawn(keys: Keys, rate: float) -> None:
    assert draw(keys, [], rate, DAY) is None


def test_another_node_draws_others(keys: Keys, other_keys: Keys) -> None:
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(1000)]
    ours, theirs = ([draw(each, line, 0.05, DAY) is not None for line in lines] for each in (keys, other_keys))
    assert ours != theirs


def test_a_half_stays_for_ever_and_the_other_half_changes_with_the_season_so_that_a_new_hold_is_no_news(keys: Keys) -> None:
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(MANY)]
    seasons = [{at for at, line in enumerate(lines) if draw(keys, line, 0.05, DAY + SEASON_DAYS * each)} for each in range(4)]
    always = set.intersection(*seasons)
    # 150 each, within five standard deviations; what is drawn in all of four seasons by chance is below one
    assert 90 <= len(always) <= 215
    for before, now in pairwise(seasons):
        assert 90 <= len(now - before) <= 215
        assert 90 <= len(before - now) <= 215


def test_the_seasons_of_all_lines_turn_on_days_of_their_own(keys: Keys) -> None:
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(MANY)]
    days = [{at for at, line in enumerate(lines) if draw(keys, line, 0.25, DAY + each)} for each in range(0, 31, 10)]
    # 750 new ones a season, an eighth of them held already: of ten days a ninth, 73, within five standard deviations
    assert all(30 <= len(now - before) <= 135 for before, now in pairwise(days))


def test_what_one_subject_bears_is_drawn_together_and_no_more_of_it(keys: Keys) -> None:
    subjects = [frozenset({f"{at:064x}"}) for at in range(MANY)]
    drawn = [
        [draw(keys, inputs_of(phone(f"+573{each}0{at:07}")), 0.05, DAY, of) is not None for each in (0, 1)]
        for at, of in enumerate(subjects)
    ]
    # 300 of each, a half of them drawn by the subject and so both; five standard deviations
    assert all(215 <= sum(of_each) <= 385 for of_each in zip(*drawn, strict=True))
    assert 90 <= sum(map(all, drawn)) <= 220


def test_whoever_is_borne_by_many_is_drawn_no_more_often(keys: Keys) -> None:
    subjects = frozenset(f"{at:064x}" for at in range(20))
    lines = [inputs_of(phone(f"+5730155{number:05}")) for number in range(MANY)]
    of_themselves = sum(draw(keys, line, 0.05, DAY, subjects) is not None for line in lines)
    assert of_themselves <= 220 or of_themselves == MANY  # either all or none by the twenty, who are the same for each


def test_what_is_drawn_beside_a_line_is_the_pair_s_own_whichever_comes_first(keys: Keys) -> None:
    marks = [f"{at:064x}" for at in range(MANY)]
    drawn = [beside(keys, marks[0], other, 0.05) for other in marks[1:]]
    assert 215 <= sum(each is not None for each in drawn) <= 385
    assert 90 <= drawn.count(Review.BY_TWO) <= 210
    assert drawn == [beside(keys, other, marks[0], 0.05) for other in marks[1:]]
    assert drawn != [beside(keys, marks[1], other, 0.05) for other in marks[1:]]
    assert not any(beside(keys, marks[0], other, 0.0) for other in marks[1:])


def test_of_three_lines_about_one_person_all_are_drawn_once_in_sixteen_reviews(keys: Keys) -> None:
    chance = chance_beside(2, REVIEW_FLOOR)
    marks = [[f"{3 * at + each:064x}" for each in range(3)] for at in range(MANY)]
    both = [(one, other) for first, *rest in marks for one, other in [[beside(keys, first, each, chance) for each in rest]]]
    # 375 of 6,000, within five standard deviations; drawn each by itself it would be one in 40,000
    assert 280 <= sum(None not in each for each in both) <= 470


@pytest.mark.parametrize("lines", [2, 3, 10, 40, 2000])
@pytest.mark.parametrize("rate", [REVIEW_FLOOR, 1 / 20, 1 / 4])
def test_beside_a_line_at_most_half_of_another_is_drawn_however_many_there_are(lines: int, rate: float) -> None:
    assert chance_beside(lines - 1, rate) * (lines - 1) <= BESIDE
    assert chance_beside(lines - 1, rate) <= 1 / 2
    assert chance_beside(0, rate) == 0
