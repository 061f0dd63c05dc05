"""Each check stops what it must and nothing else: every attack first succeeds through a door that lacks the check."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import rfc8785

from node.federation import Federation
from node.flows.keep_log import KeepLog
from node.flows.serve_lists import give_index_file
from node.keys import Keys
from node.safeguards import minimisation, protected
from node.safeguards.checks import Outgoing, may_see, safeguards
from node.safeguards.door import Door
from node.safeguards.errors import NotFourEyes, NotInAudience, NotMinimal, OverBudget, Stopped
from node.safeguards.grounds import FIELD_GROUNDS
from node.store import counterparts, manifests
from node.store.database import Database, ExchangeRef, Work
from node.store.index_files import IndexFiles
from node.store.tables import HeldRecord, IndexList, Publication, PublicationDraft
from protocol import jws
from protocol.authority import Authority
from protocol.errors import ProtocolError, PurposeRefused, WrongQuestion
from protocol.index.manifest import SegmentRef
from protocol.index.segment import build_segment
from protocol.journal import Act
from protocol.messages import Body, Manifests, ManifestsWanted, MatchRequest, RecordDelivery
from protocol.record import RECORD_TYPE, Network, sign_record
from protocol.vocabulary import RequestPurpose
from protocol.wire import canonical, sha256
from tests.node.conftest import ALICE, BEATRIZ, Cases, Clock, admitted_by_us, directory_with, manifest_of
from tests.node.people import LUCIA, NAMESAKE
from tests.protocol.federation import BR, CO, DAY, PE, list_entry, list_id, octets, prepared_question, question, working_entry
from tests.protocol.records import modus_operandi, network, route, withdrawal

CHECKS = ("purpose", "audience", "register", "four_eyes", "minimisation", "budget")
OUR_SET = octets("list for Peru only").hex()[:32]


class Weakened:
    """Doors that lack some of the checks."""

    def __init__(self, member: Federation, keys: Keys) -> None:
        self._member, self._keys = member, keys

    def without(self, *missing: str) -> Door:
        all_checks = safeguards(self._member, self._keys)
        assert len(all_checks) == len(CHECKS)
        kept = [check for name, check in zip(CHECKS, all_checks, strict=True) if name not in missing]
        return Door(self._member, self._keys, kept)


@pytest.fixture
def weakened(member: Federation, keys: Keys) -> Weakened:
    return Weakened(member, keys)


@contextmanager
def stopped(error: type[Exception], reason: str) -> Iterator[None]:
    """The block is stopped for this reason."""
    with pytest.raises(error) as caught:
        yield
    told = caught.value
    assert isinstance(told, Stopped | ProtocolError)
    assert reason == (told.reason if isinstance(told, Stopped) else told.facts["reason"])


def leaves(door: Door, work: Work, body: Body, to: Authority = PE) -> bool:
    """True when the door lets it go."""
    cleared, _ = door.request(work, Outgoing(to, body))
    return cleared.to == to


# 1 purpose

ALLOWED = (
    "investigate_network",
    "identify_offender",
    "locate_person_sought",
    "map_route",
    "financial_trace",
    "deconflict",
    "protect_life",
    "prepare_mla",
)
FORBIDDEN = ("immigration_enforcement", "prosecute_victim")
NOT_FOR_MATCHING = ("missing_person", "victim_protection", "prevention_analysis", "statistics")


def test_every_purpose_is_sorted_here_by_hand() -> None:
    assert sorted((*ALLOWED, *FORBIDDEN, *NOT_FOR_MATCHING)) == sorted(RequestPurpose.all())


@pytest.mark.parametrize("purpose", ALLOWED)
def test_a_question_for_an_allowed_purpose_leaves(door: Door, work: Work, purpose: str) -> None:
    assert leaves(door, work, question(prepared_question(), purpose=purpose))


@pytest.mark.parametrize(
    ("purpose", "reason"), [(p, "forbidden") for p in FORBIDDEN] + [(p, "not_for_matching") for p in NOT_FOR_MATCHING]
)
def test_a_question_for_any_other_purpose_does_not(door: Door, weakened: Weakened, work: Work, purpose: str, reason: str) -> None:
    asked = question(prepared_question(), purpose=purpose)
    assert leaves(weakened.without("purpose"), work, asked)
    with stopped(PurposeRefused, reason):
        door.request(work, Outgoing(PE, asked))


# 2 audience


def test_a_record_for_a_set_leaves_for_its_members_only(door: Door, weakened: Weakened, work: Work, cases: Cases) -> None:
    delivery = RecordDelivery(record=cases.publication(work, network(), audience="CO PE").raw)
    assert leaves(door, work, delivery, PE)
    assert leaves(weakened.without("audience"), work, delivery, BR)
    with stopped(NotInAudience, "record"):
        door.request(work, Outgoing(BR, delivery))


def test_a_withdrawal_of_a_record_for_a_set_stays_within_it_too(door: Door, weakened: Weakened, work: Work, cases: Cases) -> None:
    delivery = RecordDelivery(record=cases.publication(work, withdrawal(), audience="CO PE", approved=network()).raw)
    assert leaves(door, work, delivery, PE)
    assert leaves(weakened.without("audience"), work, delivery, BR)
    with stopped(NotInAudience, "record"):
        door.request(work, Outgoing(BR, delivery))


def test_a_manifest_of_a_set_s_list_is_shown_to_its_members_only(door: Door, weakened: Weakened, work: Work, keys: Keys) -> None:
    work.session.add(IndexList(id=OUR_SET, audience="CO PE", entropy="identifiers"))
    of_set = manifest_of(keys, list_=OUR_SET, audience="set")
    manifests.keep(work, of_set, usable=True)
    body = Manifests(manifests=(of_set.raw,), more=False)
    assert door.reply(work, admitted_by_us(ManifestsWanted(), PE), Outgoing(PE, body)).to == PE
    assert weakened.without("audience").reply(work, admitted_by_us(ManifestsWanted(), BR), Outgoing(BR, body)).to == BR
    with stopped(NotInAudience, "manifest"):
        door.reply(work, admitted_by_us(ManifestsWanted(), BR), Outgoing(BR, body))


def test_one_manifest_beyond_its_audience_stops_the_whole_page(door: Door, work: Work, keys: Keys) -> None:
    work.session.add(IndexList(id=OUR_SET, audience="CO PE", entropy="identifiers"))
    of_set, of_all = manifest_of(keys, list_=OUR_SET, audience="set"), manifest_of(keys, list_=list_id(CO))
    for signed in (of_set, of_all):
        manifests.keep(work, signed, usable=True)
    asked = admitted_by_us(ManifestsWanted(), BR)
    with stopped(NotInAudience, "manifest"):
        door.reply(work, asked, Outgoing(BR, Manifests(manifests=(of_all.raw, of_set.raw), more=False)))
    assert door.reply(work, asked, Outgoing(BR, Manifests(manifests=(of_all.raw,), more=False))).to == BR


def test_a_manifest_that_is_not_held_is_nobody_s_to_see(door: Door, work: Work, keys: Keys) -> None:
    unknown = manifest_of(keys, list_=list_id(CO))
    with stopped(NotInAudience, "manifest"):
        door.reply(work, admitted_by_us(ManifestsWanted(), PE), Outgoing(PE, Manifests(manifests=(unknown.raw,), more=False)))


def test_a_peer_s_manifest_is_passed_on_when_it_is_for_all_and_else_to_itself_only(work: Work, keys: Keys) -> None:
    for_all = manifests.keep(work, manifest_of(keys, list_=list_id(PE), authority=PE), usable=True)
    for_a_set = manifests.keep(work, manifest_of(keys, list_=OUR_SET, authority=PE, audience="set"), usable=True)
    assert may_see(work, CO, for_all, BR)
    assert may_see(work, CO, for_a_set, PE)
    assert not may_see(work, CO, for_a_set, BR)


def test_a_manifest_of_ours_whose_list_is_gone_is_shown_to_nobody(work: Work, keys: Keys) -> None:
    orphan = manifests.keep(work, manifest_of(keys, list_=OUR_SET), usable=True)
    assert not may_see(work, CO, orphan, PE)


def test_an_entry_of_our_log_leaves_for_its_other_side_only(
    database: Database, keys: Keys, door: Door, weakened: Weakened
) -> None:
    with database.begin() as work:
        work.record_envelope(Act.QUESTION_ASKED, ExchangeRef("0f" * 16, PE, "out"), digest="d" * 64, salt=bytes(32))
    KeepLog(database, keys, CO).beat()
    with database.begin() as work:
        told = counterparts.page(work, PE, None, 0)
        assert len(told.entries) == 1
        assert leaves(door, work, told, PE)
        assert leaves(weakened.without("audience"), work, told, BR)
        with stopped(NotInAudience, "entry"):
            door.request(work, Outgoing(BR, told))


def test_an_index_file_of_a_set_is_read_by_its_members_only(
    database: Database, member: Federation, door: Door, keys: Keys, tmp_path: Path
) -> None:
    files = IndexFiles(tmp_path / "index")
    digest = files.put(build_segment([]))
    with database.begin() as work:
        work.session.add(IndexList(id=OUR_SET, audience="CO PE", entropy="identifiers"))
        named = manifest_of(keys, list_=OUR_SET, audience="set", segments=(SegmentRef(digest=digest, count=0),))
        manifests.keep(work, named, usable=True)
    with database.begin() as work:
        assert give_index_file(work, member, door, files, digest, PE).path == files.path(digest)
        with pytest.raises(WrongQuestion):
            give_index_file(work, member, door, files, digest, BR)


# 3 register


@pytest.mark.parametrize("protected_as", ["number", "name"])
def test_what_is_somebodys_under_protection_does_not_leave_though_nobody_held_it(
    door: Door, weakened: Weakened, work: Work, keys: Keys, protected_as: str
) -> None:
    number, other = b"a number", b"another number"
    asked = question(prepared_question())
    outgoing = Outgoing(PE, asked, (other, number)) if protected_as == "number" else Outgoing(PE, asked, (), (LUCIA.person,))
    door.request(work, outgoing)
    protected.protect(work, keys, protected.guarded(keys, [number], [LUCIA.inputs]))
    weakened.without("register").request(work, outgoing)
    with stopped(Stopped, "not_cleared"):
        door.request(work, outgoing)
    door.request(work, Outgoing(PE, asked, (other,), (NAMESAKE.person,)))


# 4 four eyes


@pytest.mark.parametrize("record", [network(), route(), modus_operandi()], ids=["network", "route", "modus_operandi"])
def test_what_a_second_officer_approved_leaves(door: Door, work: Work, cases: Cases, record: Network) -> None:
    assert leaves(door, work, RecordDelivery(record=cases.publication(work, record).raw))


@pytest.mark.parametrize(
    ("state", "decided_by", "reason"),
    [
        ("proposed", None, "second_officer"),
        ("proposed", BEATRIZ, "not_approved"),
        ("published", None, "second_officer"),
        ("published", ALICE, "second_officer"),
        ("refused", BEATRIZ, "not_approved"),
        ("refused", ALICE, "second_officer"),
    ],
)
def test_what_no_second_officer_approved_does_not(
    door: Door, weakened: Weakened, work: Work, cases: Cases, state: str, decided_by: str | None, reason: str
) -> None:
    delivery = RecordDelivery(record=cases.publication(work, network(), state=state, decided_by=decided_by).raw)
    assert leaves(weakened.without("four_eyes"), work, delivery)
    with stopped(NotFourEyes, reason):
        door.request(work, Outgoing(PE, delivery))


def test_one_byte_other_than_what_was_approved_does_not_leave(door: Door, weakened: Weakened, work: Work, cases: Cases) -> None:
    approved, changed = network(), network().model_copy(update={"last_activity": "2026-07"})
    differing = [a != b for a, b in zip(canonical(approved), canonical(changed), strict=True)]
    assert sum(differing) == 1
    delivery = RecordDelivery(record=cases.publication(work, changed, approved=approved).raw)
    assert leaves(weakened.without("four_eyes"), work, delivery)
    with stopped(NotFourEyes, "other_bytes_than_approved"):
        door.request(work, Outgoing(PE, delivery))


def test_an_approval_of_one_publication_is_worth_nothing_for_another(
    door: Door, weakened: Weakened, work: Work, cases: Cases
) -> None:
    cases.publication(work, network())
    delivery = RecordDelivery(record=cases.publication(work, route(), approved=modus_operandi()).raw)
    assert leaves(weakened.without("four_eyes"), work, delivery)
    with stopped(NotFourEyes, "other_bytes_than_approved"):
        door.request(work, Outgoing(PE, delivery))


def test_a_record_that_belongs_to_no_publication_does_not_leave(door: Door, weakened: Weakened, work: Work, keys: Keys) -> None:
    delivery = RecordDelivery(record=sign_record(network(), keys.signing).raw)
    assert leaves(weakened.without("four_eyes", "audience"), work, delivery)
    for each in (door, weakened.without("audience"), weakened.without("four_eyes")):
        with stopped(NotFourEyes, "not_published"):
            each.request(work, Outgoing(PE, delivery))


def test_a_peer_s_record_is_not_ours_to_send(door: Door, work: Work, keys: Keys) -> None:
    theirs = sign_record(network(PE), keys.signing)
    work.session.add(
        HeldRecord(
            digest=theirs.digest,
            authority=PE,
            record_id=theirs.record.id,
            version=1,
            kind="network",
            raw=theirs.raw,
            current=True,
            received=work.now(),
        )
    )
    work.session.flush()
    with stopped(NotFourEyes, "not_published"):
        door.request(work, Outgoing(BR, RecordDelivery(record=theirs.raw)))


@pytest.mark.parametrize("state", ["published", "replaced", "withdrawn"])
def test_taking_back_needs_no_second_approval(door: Door, work: Work, cases: Cases, state: str) -> None:
    taken_back = cases.publication(work, withdrawal(), approved=network(), state=state)
    assert leaves(door, work, RecordDelivery(record=taken_back.raw))


# 5 minimisation


def held_payload(work: Work, keys: Keys, cases: Cases, payload: bytes) -> RecordDelivery:
    """`payload` signed and approved as if it were a record: two officers erred, or were deceived."""
    template = cases.publication(work, network())
    held = work.session.get_one(HeldRecord, template.digest)
    publication = work.session.get_one(Publication, held.publication_id)
    raw = jws.sign(payload, RECORD_TYPE, keys.signing)
    work.session.add(
        PublicationDraft(publication_id=publication.id, position=1, source="network", record_id="0" * 32, payload=payload)
    )
    held.digest, held.raw = sha256(raw), raw
    work.session.add(held)
    work.session.flush()
    return RecordDelivery(record=raw)


def test_a_record_with_a_field_more_does_not_leave_though_it_was_approved(
    door: Door, weakened: Weakened, work: Work, keys: Keys, cases: Cases
) -> None:
    document = json.loads(canonical(network()))
    delivery = held_payload(work, keys, cases, rfc8785.dumps({**document, "remark": "Fulana Inventada"}))
    assert leaves(weakened.without("four_eyes", "minimisation"), work, delivery)
    for each in (door, weakened.without("four_eyes"), weakened.without("minimisation")):
        with pytest.raises(NotMinimal) as caught:
            each.request(work, Outgoing(PE, delivery))
        assert "Fulana" not in f"{caught.value} {caught.value.facts}"


def test_a_record_in_another_spelling_does_not_leave(door: Door, work: Work, keys: Keys, cases: Cases) -> None:
    with pytest.raises(NotMinimal):
        door.request(work, Outgoing(PE, held_payload(work, keys, cases, canonical(network()) + b" ")))


def test_a_field_without_a_written_ground_does_not_leave(
    door: Door, work: Work, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery = RecordDelivery(record=cases.publication(work, network()).raw)
    grounds = {name: ground for name, ground in FIELD_GROUNDS.items() if name != "victims"}
    monkeypatch.setattr(minimisation, "FIELD_GROUNDS", grounds)
    with pytest.raises(NotMinimal) as caught:
        door.request(work, Outgoing(PE, delivery))
    assert (caught.value.reason, caught.value.facts) == ("field_without_ground", {"field": "victims"})


def test_what_is_no_record_at_all_does_not_leave(door: Door, work: Work, cases: Cases) -> None:
    held = work.session.get_one(HeldRecord, cases.publication(work, network()).digest)
    held.raw, held.digest = b"not a record", sha256(b"not a record")
    work.session.add(held)
    work.session.flush()
    with stopped(NotFourEyes, "not_a_record"):
        door.request(work, Outgoing(PE, RecordDelivery(record=held.raw)))


# 6 budget


@pytest.fixture
def small_budget(member: Federation, keys: Keys) -> None:
    """Peru grants two questions of sixteen elements a day."""
    small = list_entry(PE).model_copy(update={"daily_per_asker": 32, "daily_per_officer": 32})
    member.adopt(directory_with(keys, PE=working_entry(PE, lists=(small,))))


@pytest.mark.usefixtures("small_budget")
def test_a_question_beyond_the_peer_s_budget_waits_for_another_day(
    door: Door, weakened: Weakened, work: Work, clock: Clock
) -> None:
    asked = question(prepared_question())
    assert leaves(door, work, asked)
    assert leaves(door, work, asked)
    assert leaves(weakened.without("budget"), work, asked)
    with stopped(OverBudget, "peer_day"):
        door.request(work, Outgoing(PE, asked))
    clock.now += DAY - clock.now % DAY
    assert leaves(door, work, asked)


def test_an_officer_who_has_used_up_their_part_waits_and_another_one_asks(
    door: Door, work: Work, member: Federation, keys: Keys
) -> None:
    narrow = list_entry(PE).model_copy(update={"daily_per_asker": 64, "daily_per_officer": 16})
    member.adopt(directory_with(keys, PE=working_entry(PE, lists=(narrow,))))
    asked = question(prepared_question())
    assert leaves(door, work, asked)
    with stopped(OverBudget, "peer_officer_day"):
        door.request(work, Outgoing(PE, asked))
    assert leaves(door, work, asked.model_copy(update={"officer": octets("pseudonym of another officer")[:16]}))


def test_a_list_that_the_peer_s_entry_does_not_name_is_not_asked(door: Door, weakened: Weakened, work: Work) -> None:
    asked = question(prepared_question()).model_copy(update={"list": OUR_SET})
    assert leaves(weakened.without("budget"), work, asked)
    with stopped(Stopped, "unknown_list"):
        door.request(work, Outgoing(PE, asked))


def test_messages_that_no_check_concerns_pass(door: Door, work: Work) -> None:
    assert leaves(door, work, ManifestsWanted())
    assert isinstance(question(prepared_question()), MatchRequest)
    assert leaves(door, work, question(prepared_question()))
