"""The archive: what was said, in order, sealed; and the memory against replays, which outlives an erasure."""

from collections.abc import Callable

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import delete

from crypto.errors import SealBroken
from node.store.archive import archive_digest, archive_reply, archive_request, find_digest, find_replies, find_request
from node.store.database import Database, Side, Work
from node.store.tables import Exchange, ExchangeKey
from protocol.journal import Direction
from tests.protocol.federation import BR, PE

X, OTHER_X = "1" * 32, "2" * 32
SAID = b"an invented envelope with Fulana Inventada in it"


def request(work: Work, x: str = X, direction: Direction = "in", raw: bytes = SAID) -> None:
    archive_request(work, x, PE, direction, "match_request", raw, "d" * 64)


def test_a_request_is_found_again_as_it_was_said(work: Work) -> None:
    request(work)
    found = find_request(work, X, PE, "in")
    assert found is not None
    assert (found.type, found.digest, found.raw) == ("match_request", "d" * 64, SAID)
    assert find_digest(work, X, PE, "in") == "d" * 64
    assert "Fulana" not in repr(found)


@pytest.mark.parametrize(("x", "peer", "direction"), [(OTHER_X, PE, "in"), (X, BR, "in"), (X, PE, "out")])
def test_another_exchange_peer_or_direction_finds_nothing(work: Work, x: str, peer: str, direction: Direction) -> None:
    request(work)
    assert find_request(work, x, type(PE)(peer), direction) is None
    assert find_digest(work, x, type(PE)(peer), direction) is None
    assert find_replies(work, x, type(PE)(peer), direction) == []


def test_a_second_request_under_one_exchange_id_breaks_the_unit_of_work(database: Database) -> None:
    with database.begin() as work:
        request(work)
    with pytest.raises(IntegrityError), database.begin() as work:
        request(work, OTHER_X)
        request(work, raw=b"other bytes")
    with database.read() as work:
        assert find_digest(work, OTHER_X, PE, "in") is None
        found = find_request(work, X, PE, "in")
        assert found is not None
        assert found.raw == SAID


def test_one_exchange_id_serves_both_directions(work: Work) -> None:
    request(work, direction="in")
    request(work, direction="out", raw=b"what we said")
    found = find_request(work, X, PE, "out")
    assert found is not None
    assert found.raw == b"what we said"


def test_replies_come_back_in_the_order_in_which_they_were_given(work: Work) -> None:
    request(work)
    for number in range(12):
        assert archive_reply(work, X, PE, "in", f"reply_{number}", b"%d" % number, f"{number:064x}")
    assert not archive_reply(work, X, PE, "in", "reply_3", b"3", f"{3:064x}")  # as when a request went out again
    assert archive_reply(work, OTHER_X, PE, "in", "of another exchange", b"", f"{3:064x}")
    assert find_replies(work, X, PE, "in") == [(f"reply_{number}", b"%d" % number) for number in range(12)]


def test_of_a_request_that_was_refused_the_digest_is_remembered_and_nothing_that_was_said(work: Work) -> None:
    archive_digest(work, X, PE, "match_request", "d" * 64)
    assert find_digest(work, X, PE, "in") == "d" * 64
    assert find_request(work, X, PE, "in") is None
    archive_reply(work, X, PE, "in", "match_refusal", b"no", "e" * 64)
    assert find_replies(work, X, PE, "in") == [("match_refusal", b"no")]


def test_nothing_of_what_was_said_is_readable_on_disk(database: Database, raw_bytes: Callable[[], bytes]) -> None:
    with database.begin() as work:
        request(work)
        archive_reply(work, X, PE, "in", "match_answer", SAID, "e" * 64)
    assert b"Fulana" not in raw_bytes()
    with database.begin() as work:  # the search sees what is stored openly
        request(work, OTHER_X)
        work.session.get_one(Exchange, (OTHER_X, PE, "in")).type = "Fulana"
    assert b"Fulana" in raw_bytes()


def test_a_reply_put_in_the_place_of_a_request_does_not_open(work: Work) -> None:
    request(work)
    held = work.session.get_one(Exchange, (X, PE, "in"))
    held.request_sealed = work.seal(X, SAID, "reply:in:PE", Side(PE, "in"))
    work.session.flush()
    with pytest.raises(SealBroken):
        find_request(work, X, PE, "in")


def test_after_an_erasure_what_was_said_is_gone_and_a_replay_is_still_known(work: Work) -> None:
    request(work)
    archive_reply(work, X, PE, "in", "match_answer", SAID, "e" * 64)
    work.session.exec(delete(ExchangeKey))
    work.session.expire_all()
    assert find_request(work, X, PE, "in") is None
    assert find_replies(work, X, PE, "in") == []
    assert find_digest(work, X, PE, "in") == "d" * 64
