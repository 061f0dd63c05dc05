"""What was found, as hits: every entry of every record, none hidden by another. All people are invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.flows.look_up import Found
from node.flows.weigh_found import Compared, Entry, entries, people
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label
from protocol.names import Verdict
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, NAMESAKE, Named

RECORD, OTHER = "aa" * 16, "bb" * 16
SIZE = 1000
LUCIA_COMPARED = Compared(tuple(LUCIA.inputs), ((2,),) * len(LUCIA.inputs), {2: LUCIA.person})


def handle(number: int) -> bytes:
    return number.to_bytes(16, "big")


def found(held: Named, number: int, record: str = RECORD) -> list[Found]:
    """What Lucía's keys open of somebody's entry."""
    theirs = {key.oprf_input(): key.type.value for key in held.keys}
    return [
        Found(index, Label(record, theirs[value], handle(number))) for index, value in enumerate(LUCIA.inputs) if value in theirs
    ]


def shown(hits: list[Entry]) -> list[tuple[int, str, int]]:
    return [(entry.line, entry.record, int.from_bytes(entry.handle)) for entry in hits]


def test_two_people_of_one_record_are_two_hits_and_the_better_one_comes_first_in_whatever_order_they_were_found() -> None:
    better, worse = found(LUCIA, 7), found(NAMESAKE, 1)
    for both in (better + worse, worse + better):
        hits = people(LUCIA_COMPARED, both, SIZE)
        assert shown(hits) == [(2, RECORD, 7), (2, RECORD, 1)]
        verdicts = [entry.judgement.verdict for entry in hits if entry.judgement is not None]
        assert verdicts == [Verdict.STRONG, Verdict.CANDIDATE]


def test_all_keys_of_one_entry_are_weighed_together_and_those_of_another_record_apart() -> None:
    halves = found(LUCIA_ELSEWHERE, 1)
    (whole,) = people(LUCIA_COMPARED, halves, SIZE)
    apart = [Found(each.index, Label(record, 2, handle(1))) for each, record in zip(halves, (RECORD, OTHER), strict=False)]
    assert whole.judgement is not None
    for entry in people(LUCIA_COMPARED, apart, SIZE):
        assert entry.judgement is not None
        assert entry.judgement.odds < whole.judgement.odds


def test_what_chance_explains_is_no_hit() -> None:
    assert people(LUCIA_COMPARED, found(NAMESAKE, 1), 10**9) == []


def test_an_entry_that_stands_under_two_numbers_is_one_hit_with_each_input_once() -> None:
    """While its holder closes a gap."""
    label = Label(RECORD, KEY_TYPE_IDENTIFIER, handle(1))
    compared = Compared((b"one", b"two"), ((2,), (2, 3)), {})
    hits = entries(compared, [Found(0, label), Found(0, label), Found(1, label)])
    assert shown(hits) == [(2, RECORD, 1), (3, RECORD, 1)]
    assert [entry.indexes for entry in hits] == [(0, 1), (1,)]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([RECORD, OTHER]), st.integers(0, 2))),
    st.lists(st.lists(st.integers(2, 5), min_size=1, unique=True), min_size=4, max_size=4),
)
def test_there_is_one_hit_for_each_line_and_entry_and_none_is_lost(
    opened: list[tuple[int, str, int]], lines: list[list[int]]
) -> None:
    compared = Compared((b"a", b"b", b"c", b"d"), tuple(map(tuple, lines)), {})
    hits = entries(compared, [Found(index, Label(record, 1, handle(number))) for index, record, number in opened])
    assert shown(hits) == sorted({(line, record, number) for index, record, number in opened for line in lines[index]})
    assert all(entry.line in lines[index] for entry in hits for index in entry.indexes)


@pytest.mark.parametrize("number", [0, 2**100])
def test_an_identifier_is_not_weighed(number: int) -> None:
    (entry,) = entries(Compared((b"a",), ((2,),), {}), [Found(0, Label(RECORD, 1, handle(number)))])
    assert (entry.judgement, entry.key_type) == (None, KEY_TYPE_IDENTIFIER)
