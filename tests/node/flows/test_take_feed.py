"""A feed is the next one, and is taken whole; anything else leaves the register as it was. Nobody in them exists."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from crypto.signing import SigningKey
from node.case_files.problems import Problem
from node.case_files.protected_people import ProtectedRow
from node.case_files.register_feed import FEED_TYPE, Feed, FeedFault, FeedRefused, read_feed
from node.federation import Federation
from node.flows import take_feed
from node.flows.keep_register import KeepRegister
from node.flows.take_feed import TakeFeed, TakenFeed
from node.keys import Keys
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.store.database import Database
from node.store.tables import Intake, ProtectedEntry, ProtectedFeed, ProtectedFeedProblem
from protocol import jws
from protocol.wire import canonical
from tests.node.conftest import ALICE, BEATRIZ, PHONE, phone

ANA, EVA = (ProtectionLiaison(each, "invented", frozenset({Role.PROTECTION})) for each in (ALICE, BEATRIZ))
KEY = SigningKey.from_seed(bytes(range(32)))
NUMBERS = [f"{PHONE[:-1]}{digit}" for digit in range(4)]


def feed(sequence: int, *numbers: str, key: SigningKey = KEY) -> bytes:
    entries: list[dict[str, Any]] = [
        {"reference": f"R-{number}", "identifiers": [{"kind": "phone", "value": number}]} for number in numbers
    ]
    content = Feed.model_validate({"authority": "CO", "sequence": sequence, "entries": tuple(entries)}, strict=False)
    return jws.sign(canonical(content), FEED_TYPE, key)


@pytest.fixture
def take(database: Database, keys: Keys, member: Federation) -> TakeFeed:
    return TakeFeed(database, keys, member, KEY.public)


def known(take: TakeFeed) -> list[str]:
    with take.database.read() as work:
        return [number for number in NUMBERS if protected.is_protected(work, take.keys, phone(number).oprf_input())]


def refused(take: TakeFeed, raw: bytes) -> tuple[FeedFault, dict[str, str | int]]:
    with pytest.raises(FeedRefused) as caught:
        take.take(ANA, raw)
    return caught.value.reason, caught.value.facts


def test_feeds_are_taken_in_their_order_and_each_once(take: TakeFeed) -> None:
    assert refused(take, feed(2, NUMBERS[1])) == (FeedFault.OUT_OF_ORDER, {"sequence": 2, "expected": 1})
    first = feed(1, NUMBERS[0])
    assert (take.take(ANA, first).sequence, known(take)) == (1, NUMBERS[:1])
    assert refused(take, feed(1, NUMBERS[3])) == (FeedFault.REPLAYED, {"sequence": 1, "expected": 2})
    assert take.take(ANA, feed(2, *NUMBERS[1:3])).taken == 2
    assert refused(take, first) == (FeedFault.REPLAYED, {"sequence": 1, "expected": 3})
    assert refused(take, feed(4, NUMBERS[3])) == (FeedFault.OUT_OF_ORDER, {"sequence": 4, "expected": 3})
    assert known(take) == NUMBERS[:3]
    with take.database.read() as work:
        assert {entry.source for entry in work.session.exec(select(ProtectedEntry)).all()} == {"feed"}
        assert [act.kind for act in work.session.exec(select(Intake)).all()] == ["protected_fed"] * 2


def test_a_feed_of_more_than_64_kib_is_taken_and_known_again(take: TakeFeed) -> None:
    raw = feed(1, *NUMBERS, *(f"no number {number} {'-' * 150}" for number in range(200)))
    assert len(raw) > 64 << 10
    first = take.take(ANA, raw)
    assert (first.taken, len(first.problems), known(take)) == (4, 400, NUMBERS)
    assert take.take(EVA, raw) == first


def test_what_another_key_signed_takes_nothing_and_uses_up_no_number(take: TakeFeed) -> None:
    assert refused(take, feed(1, NUMBERS[0], key=SigningKey.from_seed(bytes(32))))[0] is FeedFault.SIGNATURE
    assert known(take) == []
    with take.database.read() as work:
        assert work.session.exec(select(ProtectedFeed)).all() == []
    assert take.take(ANA, feed(1, NUMBERS[0])).taken == 1


def test_what_cannot_be_read_of_an_entry_is_told_and_the_others_are_taken(take: TakeFeed) -> None:
    taken = take.take(ANA, feed(1, NUMBERS[0], "no number", NUMBERS[2]))
    assert (taken.taken, {problem.line for problem in taken.problems}) == (2, {2})
    assert known(take) == [NUMBERS[0], NUMBERS[2]]


def test_who_is_fed_again_is_not_taken_out_by_an_earlier_proposal(take: TakeFeed) -> None:
    take.take(ANA, feed(1, NUMBERS[0]))
    keep = KeepRegister(take.database, take.keys)
    keep.remove(ANA, f"R-{NUMBERS[0]}")
    take.take(ANA, feed(2, NUMBERS[0]))
    assert not keep.remove(EVA, f"R-{NUMBERS[0]}")
    assert known(take) == NUMBERS[:1]


def test_who_lost_the_answer_gets_it_once_more_for_the_same_bytes(take: TakeFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    assert take.take(ANA, feed(1, "no number of an earlier feed", NUMBERS[3])).taken == 1
    raw = feed(2, NUMBERS[0], "no number", NUMBERS[2])
    first = take.take(ANA, raw)
    assert [(each.line, each.column, each.reason) for each in first.problems] == [
        (2, "phone", "not_normalisable:wrong_characters"),
        (2, "value", "nothing_to_protect"),
    ]
    with monkeypatch.context() as without_register:
        without_register.setattr(Keys, "protected_marks", None)  # what is known already costs no marks
        assert take.take(EVA, raw) == first
    with take.database.read() as work:
        assert [act.kind for act in work.session.exec(select(Intake)).all()] == ["protected_fed"] * 2
        assert {held.line for held in work.session.exec(select(ProtectedFeedProblem)).all()} == {2}
    assert take.take(ANA, feed(3, NUMBERS[1])).problems == []
    assert refused(take, raw) == (FeedFault.REPLAYED, {"sequence": 2, "expected": 4})


def test_a_second_hand_that_was_only_slower_gets_the_answer_of_the_first(take: TakeFeed, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = feed(1, NUMBERS[0], "no number")
    first: list[TakenFeed] = []

    def overtaken(those: Feed, today: date) -> Iterator[tuple[int, ProtectedRow | None, tuple[Problem, ...]]]:
        monkeypatch.setattr(take_feed, "read_feed", read_feed)
        first.append(take.take(ANA, raw))
        return read_feed(those, today)

    monkeypatch.setattr(take_feed, "read_feed", overtaken)
    assert [take.take(EVA, raw)] == first
