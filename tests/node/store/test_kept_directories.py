"""Adopted directories, kept whole: what comes back is what was adopted, and what it costs is what differs."""

import pytest
from sqlmodel import func, select

from node.directory.adopted import StoredSet
from node.store.database import Work
from node.store.kept_directories import keep, kept
from node.store.tables import DirectoryFile, KeptDirectory
from protocol.wire import sha256

FIRST = StoredSet(
    roots=[b"root 1", b"root 2"],
    timestamp=b"timestamp 7",
    snapshot=b"snapshot 7",
    targets=b"targets 3",
    states={"CO": b"role of CO", "PE": b"role of PE"},
    files={"policy.json": b"policy", "members/CO.json": b"member CO", "members/PE.json": b"member PE"},
    left_out={"BR": "no_entry"},
)
NEXT = FIRST.model_copy(update={"timestamp": b"timestamp 8", "snapshot": b"snapshot 8"})


def count(work: Work) -> int:
    return work.session.exec(select(func.count()).select_from(DirectoryFile)).one()


def test_what_was_adopted_comes_back_and_the_next_one_costs_what_differs(work: Work) -> None:
    keep(work, 7, FIRST)
    whole = count(work)
    assert whole == 10
    keep(work, 8, NEXT)
    keep(work, 8, NEXT)
    assert count(work) == whole + 2
    assert kept(work, sha256(b"snapshot 7")) == FIRST
    assert kept(work, sha256(b"snapshot 8")) == NEXT
    assert kept(work, sha256(b"snapshot 9")) is None


@pytest.mark.parametrize("content", [None, b"another policy"])
def test_what_was_lost_or_changed_in_the_store_is_not_given_for_it(work: Work, content: bytes | None) -> None:
    keep(work, 7, FIRST)
    row = work.session.get_one(DirectoryFile, sha256(b"policy"))
    if content is None:
        work.session.delete(row)
    else:
        row.content = content
        work.session.add(row)
    work.session.flush()
    assert kept(work, sha256(b"snapshot 7")) is None
    assert work.session.get_one(KeptDirectory, sha256(b"snapshot 7")).version == 7
