"""Passes: what was released, whatever the writing and the release of the rules. All numbers are invented."""

from node.keys import Keys
from node.safeguards.passes import mark_of, passes_of
from node.store.database import Work
from node.store.tables import HoldPass
from protocol.identifiers import Identifier, Kind
from tests.node.conftest import phone

NUMBER, OTHER = phone("+573005550147"), phone("+573005550148")


def test_a_mark_is_of_what_the_inputs_are_about(keys: Keys) -> None:
    older = Identifier(Kind.PHONE, "phone-0", NUMBER.canonical)
    assert mark_of(keys, [NUMBER.oprf_input()]) == mark_of(keys, [older.oprf_input()])
    assert mark_of(keys, [NUMBER.oprf_input(), OTHER.oprf_input()]) == mark_of(keys, [OTHER.oprf_input(), NUMBER.oprf_input()])
    assert mark_of(keys, [NUMBER.oprf_input()]) != mark_of(keys, [OTHER.oprf_input()])


def test_passes_are_found_by_their_marks(work: Work, keys: Keys) -> None:
    passed, other = (mark_of(keys, [each.oprf_input()]) for each in (NUMBER, OTHER))
    work.session.add(HoldPass(mark=passed, until=work.now()))
    work.session.flush()
    assert {mark: given.until for mark, given in passes_of(work, [passed, other, passed]).items()} == {passed: work.now()}
    assert passes_of(work, []) == {}
