"""A sweep through numbers, spread over questions and days, ends at its own node; a case file does not."""

import math
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from sqlmodel import func, select

from node.entry import DAILY_PER_ASKER, DAILY_PER_OFFICER, EPOCH_CAP
from node.keys import Keys
from node.safeguards import sweeps_of_peers
from node.safeguards.errors import NotNecessary
from node.safeguards.necessity import AskedLine
from node.safeguards.sweeps_of_officers import BLOCK_LIMITS, REMEMBERED_DAYS, note_asked
from node.settings import OfficerLimits
from node.store.database import Database, Work
from node.store.tables import AskedNumber
from protocol.identifiers import Identifier, Kind
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.people import LUCIA
from tests.protocol.federation import DAY

FIRST = 573_005_550_100
PAGE = (Path(__file__).parents[3] / "docs" / "spec" / "matching.md").read_text("utf-8")


def lines(numbers: Sequence[int], kind: Kind = Kind.PHONE, form: str = "+{}") -> list[AskedLine]:
    return [AskedLine(at, "invented", (Identifier(kind, "1", form.format(each)),), True) for at, each in enumerate(numbers, 2)]


def scattered(count: int, seed: int = 1) -> list[int]:
    return Random(seed).sample(range(573_000_000_000, 573_010_000_000), count)  # noqa: S311  invented numbers


def ask(database: Database, keys: Keys, *numbers: int, officer: str = ALICE, kind: Kind = Kind.PHONE, form: str = "+{}") -> bool:
    """Whether a question about these numbers may be asked."""
    try:
        with database.begin() as work:
            note_asked(work, keys, officer, lines(numbers, kind, form))
    except NotNecessary as refusal:
        assert (refusal.reason, refusal.facts) == ("looks_like_sweep", {"kind": kind.value, "days": REMEMBERED_DAYS})
        return False
    return True


def kept(database: Database) -> int:
    with database.read() as work:
        return int(work.session.exec(select(func.count()).select_from(AskedNumber)).one())


def test_a_sweep_in_single_questions_is_seen_over_the_days(database: Database, keys: Keys, clock: Clock) -> None:
    """Seven neighbours, a day's pause, every second number: no question of these looks like anything by itself."""
    asked = []
    for number in range(FIRST, FIRST + 100, 2):
        asked.append(ask(database, keys, number))
        clock.now += DAY // 2
    assert asked[:12] == [True] * 12
    assert not any(asked[12:])


def test_a_month_of_honest_case_files_is_never_stopped(database: Database, keys: Keys, clock: Clock) -> None:
    for day in range(30):
        assert ask(database, keys, *scattered(200, seed=day))
        clock.now += DAY


def test_the_same_numbers_can_be_asked_again_and_again(database: Database, keys: Keys, clock: Clock) -> None:
    strip = range(FIRST, FIRST + 24, 2)
    for _ in range(20):
        assert ask(database, keys, *strip)
        clock.now += DAY
    assert kept(database) == 12


def test_what_is_refused_was_not_asked_and_counts_for_nothing(database: Database, keys: Keys) -> None:
    assert not ask(database, keys, *range(FIRST, FIRST + 26, 2))
    assert kept(database) == 0
    assert ask(database, keys, *range(FIRST, FIRST + 24, 2))


def test_numbers_are_forgotten_after_thirty_days(database: Database, keys: Keys, clock: Clock) -> None:
    assert ask(database, keys, *range(FIRST, FIRST + 24, 2))
    clock.now += (REMEMBERED_DAYS - 1) * DAY
    assert not ask(database, keys, FIRST + 1)
    clock.now += DAY
    assert ask(database, keys, FIRST + 1)
    assert kept(database) == 1


def test_each_officer_and_each_kind_has_blocks_of_its_own(database: Database, keys: Keys) -> None:
    strip = range(FIRST, FIRST + 24, 2)
    assert ask(database, keys, *strip)
    assert ask(database, keys, *(number + 1 for number in strip), officer=BEATRIZ)
    assert ask(database, keys, *strip, kind=Kind.IMSI, form="{}")
    assert not ask(database, keys, FIRST + 1)


@pytest.mark.parametrize(("digits", "limit"), [(1, 24), (2, 64)])
def test_numbers_with_check_digits_are_neighbours_without_them(database: Database, keys: Keys, digits: int, limit: int) -> None:
    """A check digit, or two, that nobody here knows: any digits will do."""
    swept = [number * 10**digits + number * 7 % 10**digits for number in range(1_234_500, 1_234_600)]
    for number in swept[:limit]:
        assert ask(database, keys, number, kind=Kind.NATIONAL_ID, form="{}")
    assert not ask(database, keys, swept[limit], kind=Kind.NATIONAL_ID, form="{}")


def test_what_is_no_number_has_no_block(database: Database, keys: Keys) -> None:
    handles = [Identifier(Kind.EMAIL, "1", f"invented{n}@example.org") for n in range(40)]
    with database.begin() as work:
        note_asked(work, keys, ALICE, [AskedLine(n, "invented", (each,), True) for n, each in enumerate(handles)])
        note_asked(work, keys, ALICE, [AskedLine(1, "invented", LUCIA.person, True)])
    assert kept(database) == 0


def test_neither_a_number_nor_its_block_can_be_read_from_what_is_kept(work: Work, keys: Keys) -> None:
    note_asked(work, keys, ALICE, lines([FIRST]))
    (row,) = work.session.exec(select(AskedNumber)).all()
    assert str(FIRST)[:-2] not in repr(row)
    assert row.number != row.block
    assert (len(row.number), len(row.block)) == (64, 64)


# the arithmetic of docs/spec/matching.md, "Sweeps"

_DIGITS_OF_BLOCK = {"whole": 2, "one_at_the_end": 3, "two_at_the_end": 4}
PHONES, EPOCH_DAYS, ASKERS = (10_000_000, 100_000_000), 14, 34


def chance(space: int, asked: int, reading: str) -> float:
    """That of `asked` numbers drawn among `space` more than the limit lie in any one block: a union of Poisson tails."""
    block = int(10 ** _DIGITS_OF_BLOCK[reading])
    expected, limit = asked * block / space, BLOCK_LIMITS[reading]
    return space / block * sum(math.exp(-expected + n * math.log(expected) - math.lgamma(n + 1)) for n in range(limit + 1, 400))


def test_the_chances_that_the_page_gives_are_those_of_the_limits() -> None:
    a_month = OfficerLimits().lines_a_day * REMEMBERED_DAYS
    rows = [
        (10_000_000, a_month, "whole"),
        (10_000_000, 15_000, "one_at_the_end"),
        (10_000_000, 15_000, "two_at_the_end"),
        (100_000, 1_000, "whole"),
    ]
    for space, asked, reading in rows:
        odds = chance(space, asked, reading)
        assert odds < 1e-6
        assert f"| {space:,} | {asked:,} | {reading} | {BLOCK_LIMITS[reading]} | {odds:.1e} |" in PAGE


@pytest.mark.parametrize("space", PHONES)
def test_the_days_of_a_sweep_that_the_page_gives_are_those_of_the_budgets(space: int) -> None:
    alone = math.ceil(space / DAILY_PER_ASKER)
    together = math.ceil(space / min(EPOCH_CAP, ASKERS * DAILY_PER_ASKER * EPOCH_DAYS)) * EPOCH_DAYS
    tried = sweeps_of_peers.HEAVY_DAYS * DAILY_PER_ASKER
    assert f"| {space:,} | {alone:,} days | {together:,} days | {tried / space:.2%} |".replace("%", " %") in PAGE
    assert f"{tried:,}" in PAGE


def test_the_other_figures_of_the_page_are_those_of_the_constants() -> None:
    words = " ".join(PAGE.split())
    of_one = f"{DAILY_PER_OFFICER:,} of them for one of its officers"
    assert f"{DAILY_PER_ASKER:,} elements a day for an asker, {of_one}, and {EPOCH_CAP:,} for all askers" in words
    assert DAILY_PER_ASKER == 2 * DAILY_PER_OFFICER, "an officer who acts alone needs twice the days"
    assert f"its limit is {OfficerLimits().lines_a_day:,} a day" in words
    share = EPOCH_CAP / EPOCH_DAYS / ASKERS / DAILY_PER_ASKER
    assert f"spend {share:.0%} of a budget each".replace("%", " %") in words
    slow = math.ceil(PHONES[0] / (DAILY_PER_ASKER * sweeps_of_peers.EVEN_SHARE))
    assert f"{slow:,} days for {PHONES[0]:,} numbers" in words
    assert f"More than {BLOCK_LIMITS['whole']} of a block within {REMEMBERED_DAYS} days" in words
    assert f"noticed on day {sweeps_of_peers.HEAVY_DAYS}," in words
