"""What takes back goes through where what is published has used up the day: a person's safety may hang on it.

Withdrawals of records, removals from lists and revocations of keys, over real TLS; and floods of these end, too.
"""

import os
from collections.abc import Callable
from typing import Any

import pytest

from node.officers import Role
from node.store import manifests
from protocol import limits
from protocol.index.manifest import SegmentRef
from protocol.journal import Act
from protocol.messages import RecordDelivery
from protocol.record import Network, Withdrawal, parse_record, sign_record
from tests.federation.cases import hits, phone, publish_phones
from tests.federation.running import BEAT, BR, CO, PE, Federation, RunningNode
from tests.federation.speaking import Heard, Speaker, newest_manifest
from tests.federation.test_bad_peers import extend_chain, signing_key
from tests.federation.test_outbox import held, ids, owed, withdraw

pytestmark = pytest.mark.federation

Quota = Callable[[str, int], None]


def refusals(node: RunningNode) -> list[Any]:
    return [each["type"] for each in node.payloads(Act.POLICY_REFUSAL) if each["cause"] == "quota_spent"]


def test_a_withdrawal_reaches_a_peer_that_takes_no_publication_any_more_today(own_federation: Federation, quota: Quota) -> None:
    publisher, receiver = own_federation[PE], own_federation[CO]
    known = publish_phones(publisher, phone())
    publisher.send_records()
    quota("record_delivery", len(ids(known)))
    late = publish_phones(publisher, phone())
    publisher.send_records()
    assert all(held(receiver, record) == [] for record in ids(late))
    assert refusals(receiver) == ["record_delivery"]
    withdraw(publisher, known)
    publisher.send_records()
    assert all(held(receiver, record)[-1] == (2, "revocation") for record in ids(known))
    waiting = {job.subject: job.reason for job in owed(publisher, CO) if job.state == "waiting"}
    assert set(waiting) == set(ids(late))
    assert "quota_spent" in waiting.values()
    own_federation.clock.forward(86400)
    publisher.send_records()
    assert all(held(receiver, record) for record in ids(late))


class Publisher:
    """A state's program that publishes and takes back as much as it likes."""

    def __init__(self, federation: Federation) -> None:
        self._node, self._speaker = federation[BR], Speaker(federation, BR)
        published = publish_phones(self._node, phone())
        records = [parse_record(record["bytes"].encode()) for record in published["records"]]
        self._like = next(record for record in records if isinstance(record, Network))

    def publish(self) -> tuple[Heard, Withdrawal]:
        """Hand over a new record to Colombia; with the withdrawal that would take it back."""
        record = self._like.model_copy(update={"id": os.urandom(16).hex(), "version": 1})
        signed = sign_record(record, signing_key(self._node))
        heard = self._speaker.say(CO, RecordDelivery(record=signed.raw))
        return heard, Withdrawal(id=record.id, version=2, authority=BR, supersedes=signed.digest)

    def take_back(self, withdrawal: Withdrawal) -> Heard:
        """Hand over a withdrawal."""
        return self._speaker.say(CO, RecordDelivery(record=sign_record(withdrawal, signing_key(self._node)).raw))


def test_invented_withdrawals_use_up_no_day_but_that_of_publications_and_true_ones_go_through(
    own_federation: Federation, quota: Quota
) -> None:
    node, publisher = own_federation[CO], Publisher(own_federation)
    _, known = publisher.publish()
    quota("record_delivery", 4)
    invented = [known.model_copy(update={"id": os.urandom(16).hex()}) for _ in range(5)]
    assert [publisher.take_back(each).code for each in invented][-1] == "quota_spent"
    assert refusals(node) == ["record_delivery"]
    assert publisher.take_back(known).bodies[0]["outcome"] == "accepted"
    assert held(node, known.id)[-1] == (2, "revocation")
    # said again it takes nothing back any more
    assert publisher.take_back(known).code == "quota_spent"


def test_a_flood_of_withdrawals_ends_too_and_publications_go_on(own_federation: Federation, quota: Quota) -> None:
    node, publisher = own_federation[CO], Publisher(own_federation)
    quota(limits.WITHDRAWAL, 2)
    withdrawals = [publisher.publish()[1] for _ in range(3)]
    assert [publisher.take_back(each).code for each in withdrawals] == [None, None, "quota_spent"]
    assert refusals(node) == ["withdrawal"]
    assert publisher.publish()[0].bodies[0]["outcome"] == "accepted"
    own_federation.clock.forward(86400)
    assert publisher.take_back(withdrawals[-1]).bodies[0]["outcome"] == "accepted"


def segments(node: RunningNode) -> tuple[SegmentRef, ...]:
    return manifests.content(newest_manifest(node)).segments


@pytest.mark.parametrize("spent", ["the peer's day", "room on the disk"])
def test_a_removal_counts_though_the_list_it_comes_with_cannot_be_fetched(
    own_federation: Federation, quota: Quota, monkeypatch: pytest.MonkeyPatch, spent: str
) -> None:
    holder, asker, number = own_federation[PE], own_federation[CO], phone()
    published = publish_phones(holder, number)
    own_federation.beat()
    officer = asker.officer(Role.INVESTIGATOR)
    assert len(hits(officer, number, peers=[PE])) == 1
    before = segments(holder)
    withdraw(holder, published)
    own_federation.clock.forward(BEAT)
    holder.node.index.beat()
    removed = {each.digest: each for each in segments(holder) if each.removals is not None}
    old = [removed[each.digest] for each in before if each.digest in removed]
    assert old, "the segment was merged away: this story needs it to stay"
    flood = SegmentRef(digest="0" * 64, count=1)
    extend_chain(holder, segments=(flood, *old))
    if spent == "the peer's day":
        quota("index_file", 0)
    else:
        monkeypatch.setattr("node.flows.follow_lists.PEER_INDEX_BYTES", 0)
    asker.follow_lists()
    assert hits(officer, number, peers=[PE]) == []


def test_removals_of_a_list_have_a_day_of_their_own_that_ends(own_federation: Federation, quota: Quota) -> None:
    holder = own_federation[PE]
    published = publish_phones(holder, phone())
    own_federation.beat()
    withdraw(holder, published)
    own_federation.beat()
    removals = next(each.removals for each in segments(holder) if each.removals is not None)
    quota("index_file", 0)
    speaker = Speaker(own_federation, BR)
    assert speaker.get(PE, segments(holder)[0].digest).status_code == 429
    assert speaker.get(PE, removals).status_code == 200
    quota(limits.REMOVALS, 0)
    assert speaker.get(PE, removals).status_code == 429
