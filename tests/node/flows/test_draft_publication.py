"""A draft is worked out the same each time: its bytes, and the numbers of its records. Everybody here is invented."""

from collections.abc import Callable

import pytest

from node.federation import Federation
from node.flows.draft_publication import Content, content_of, draft
from node.flows.publish import Publish
from node.keys import Keys
from node.store.database import Database
from tests.node.flows.test_publish import FIRST, NETWORK, SECOND, publish, story, take_in
from tests.protocol.federation import PE

__all__ = ["story", "take_in"]


@pytest.fixture
def look(database: Database, keys: Keys, member: Federation) -> Callable[..., Content]:
    def once(*audience: str) -> Content:
        with database.read() as work:
            return content_of(work, draft(work, keys, member, NETWORK, [PE] if audience else None))

    return once


def ids(content: Content) -> set[bytes]:
    return {each.payload.partition(b'"id":"')[2][:32] for each in content.records}


def test_two_looks_are_byte_for_byte_alike_and_other_audiences_get_other_numbers(
    story: Publish, take_in: Callable[..., None], look: Callable[..., Content]
) -> None:
    take_in()
    assert look() == look()
    assert len(ids(look())) == 3
    assert not ids(look()) & ids(look("PE"))


def test_a_record_that_was_refused_or_taken_back_does_not_come_back_under_its_number(
    story: Publish, take_in: Callable[..., None], look: Callable[..., Content]
) -> None:
    take_in()
    used = [ids(look())]
    story.refuse(SECOND, story.propose(FIRST, NETWORK, None).publication)
    used.append(ids(look()))
    story.withdraw(FIRST, publish(story).publication)
    used.append(ids(look()))
    assert len(set().union(*used)) == 9


def test_while_a_decision_is_pending_a_look_still_compares_with_what_is_in_force(
    story: Publish, take_in: Callable[..., None], look: Callable[..., Content]
) -> None:
    take_in()
    in_force = publish(story)
    take_in(size="n11_25")
    story.propose(FIRST, NETWORK, None)
    assert [each.before for each in look().records] == [each.payload for each in in_force.records]
    assert look().gone == ()
