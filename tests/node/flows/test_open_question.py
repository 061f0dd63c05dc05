"""Two officers open a past question: who may, what they are given, and what stays on record."""

import json
from collections.abc import Callable

import pytest
from sqlmodel import select

from node.flows.keep_log import KeepLog
from node.flows.open_question import LIFETIME, OpenQuestion
from node.flows.opening_terms import Breach, Ground, Kept, OpeningNotPossible, Outcome, Proposal, Telling, UnknownOpening
from node.flows.tell_ledger import UnknownExchange
from node.keys import Keys
from node.officers import Liaison, Overseer, Role
from node.safeguards.checks import Outgoing
from node.safeguards.door import Door
from node.safeguards.errors import NotFourEyes
from node.store.database import Database, ExchangeRef, Side
from node.store.erasing import erase_exchange
from node.store.kept_openings import keep_openings
from node.store.tables import ExchangeKey, Intake, Question, QuestionExchange, QuestionLine, QuestionOpening, QuestionToPeer
from protocol.journal import Act, check_opening, envelope_payload, read_entry
from protocol.sealed_openings import hand_on, open_openings, read_sealed
from protocol.wire import canonical, sha256
from tests.node.conftest import ALICE, BEATRIZ, Clock
from tests.node.holders import FIRST, PUBLIC, SECOND
from tests.node.on_record import payload_of
from tests.protocol.federation import CO, PE, prepared_question, question

PROPOSER = Liaison(ALICE, "alice", frozenset({Role.LIAISON}))
OVERSEER = Overseer.of(PROPOSER)
CONFIRMER = Liaison(BEATRIZ, "beatriz", frozenset({Role.LIAISON}))
PREPARED = prepared_question()


@pytest.fixture
def opening(database: Database) -> OpenQuestion:
    return OpenQuestion(database)


@pytest.fixture
def asked(database: Database, door: Door) -> str:
    """The exchange of a question to Peru with one line, answered and kept as any other."""
    with database.begin() as work:
        _, request = door.request(work, Outgoing(PE, question(PREPARED), (b"an OPRF input",)))
        x, now, reference = request.envelope.x, work.now(), work.new_id()
        work.session.add(
            Question(
                id=reference,
                officer_id=ALICE,
                created=now,
                expires=now,
                purpose="identify_offender",
                basis="tip_protocol",
                offence="tip_sexual",
                urgency="routine_7d",
                case_sealed=work.seal(reference, b"a case", "case"),
                peers="PE",
            )
        )
        work.session.flush()
        to = QuestionToPeer(question_id=reference, peer="PE", state="answered", since=now)
        work.session.add(to)
        inputs = json.dumps([["phone", "phone-1", b"invented".hex()]]).encode()
        work.session.add(
            QuestionLine(
                question_id=reference,
                line=2,
                kind="phone",
                doubts="",
                written_sealed=work.seal(reference, b"tel 300", "written:2"),
                inputs_sealed=work.seal(reference, inputs, "inputs:2"),
            )
        )
        work.session.flush()
        work.session.add(
            QuestionExchange(
                x=x,
                question_peer_id=to.id or 0,
                list_id="0" * 32,
                manifest="0" * 64,
                state="answered",
                lines=1,
                list_size=1,
                openings_sealed=keep_openings(work, x, PE, PREPARED.openings, PUBLIC),
                asked=now,
            )
        )
    return x


@pytest.fixture
def proposal(opening: OpenQuestion, asked: str) -> Proposal:
    (found,) = opening.find(PROPOSER, asked)
    return Proposal(asked, Ground.COURT, "Auto 17/2026 (invented)", Telling.FORBIDDEN, hand_on(found.boxes, FIRST))


def change(database: Database, x: str, alter: Callable[[QuestionExchange], object]) -> None:
    with database.begin() as work:
        row = work.session.get_one(QuestionExchange, x)
        alter(row)
        work.session.add(row)


def on_record(database: Database, act: Act) -> list[dict[str, object]]:
    with database.read() as work:
        rows = work.session.exec(select(Intake).where(Intake.kind == act.value)).all()
        return [json.loads(payload_of(work, row)) for row in rows]


def refused(run: Callable[[], object]) -> str:
    with pytest.raises(OpeningNotPossible) as caught:
        run()
    return caught.value.reason


def test_two_officers_open_what_was_asked_and_all_steps_are_on_record(
    opening: OpenQuestion, proposal: Proposal, database: Database, keys: Keys
) -> None:
    KeepLog(database, keys, CO).beat()
    opening_id = opening.propose(PROPOSER, proposal)
    assert opening_id is not None
    material = opening.confirm(CONFIRMER, opening_id)
    assert open_openings(material.sealed, material.x, material.handed, SECOND) == PREPARED.openings
    assert material.entered is not None
    entry = read_entry(material.entered.entry)
    check_opening(entry, material.entered.salt, envelope_payload(sha256(material.request)))
    assert [(line.line, line.written, line.inputs) for line in material.lines or ()] == [(2, "tel 300", (b"invented",))]
    shown = opening.check(CONFIRMER, opening_id, Outcome(5, 11, ((Breach.NO_INPUT, 3),)))
    assert (shown.proposed_by, shown.confirmed_by, shown.breaches, shown.lapsed) == ("alice", "beatriz", 1, False)
    assert (shown.order, shown.ground, shown.telling) == ("Auto 17/2026 (invented)", "court", "forbidden")
    assert opening.show(OVERSEER).ours == (shown,)
    (proposed,), (made,), (checked,) = (
        on_record(database, act) for act in (Act.OPENING_PROPOSED, Act.OPENING_MADE, Act.OPENING_CHECKED)
    )
    assert proposed["order"] == made["order"] == "Auto 17/2026 (invented)"
    assert (made["officer"], made["proposed_by"], made["exchange"]) == (BEATRIZ, ALICE, proposal.x)
    assert (checked["identifiers"], checked["breaches"]) == (5, [{"breach": "no_input", "position": 3}])
    with database.read() as work:
        assert work.session.get_one(QuestionOpening, opening_id).handed_sealed == b""


def test_a_question_is_found_by_its_reference_too(opening: OpenQuestion, asked: str, database: Database) -> None:
    with database.read() as work:
        reference = work.session.exec(select(Question.id)).one()
    for name in (asked, reference, reference[:8]):
        assert [each.x for each in opening.find(PROPOSER, name)] == [asked]
    with pytest.raises(UnknownExchange):
        opening.find(PROPOSER, "0f" * 16)


def test_one_officer_alone_opens_nothing(opening: OpenQuestion, proposal: Proposal, database: Database) -> None:
    opening_id = opening.propose(PROPOSER, proposal) or ""
    with pytest.raises(NotFourEyes):
        opening.confirm(PROPOSER, opening_id)
    assert on_record(database, Act.OPENING_MADE) == []
    # weakened: were the two officers one, the same call would hand all of it out
    assert opening.confirm(CONFIRMER, opening_id).handed


def test_what_was_handed_on_lies_in_the_store_as_no_half_of_anybody(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    opening.propose(PROPOSER, proposal)
    with database.read() as work:
        row = work.session.exec(select(QuestionOpening)).one()
    assert not any(secret in row.handed_sealed for secret in (FIRST.reveal(), SECOND.reveal(), proposal.handed[0].box))


def test_a_proposal_is_confirmed_once_in_time_and_checked_once(opening: OpenQuestion, proposal: Proposal, clock: Clock) -> None:
    other = Liaison("c3" * 16, "carla", frozenset({Role.LIAISON}))
    opening_id = opening.propose(PROPOSER, proposal) or ""
    none = Outcome(0, 0, ())
    assert refused(lambda: opening.check(CONFIRMER, opening_id, none)) == "not_confirmed"
    clock.now += LIFETIME
    assert refused(lambda: opening.confirm(CONFIRMER, opening_id)) == "lapsed"
    assert [each.lapsed for each in opening.show(OVERSEER).ours] == [True]
    clock.now -= 1
    first = opening.confirm(CONFIRMER, opening_id)
    clock.now += LIFETIME
    assert opening.confirm(CONFIRMER, opening_id) == first  # the program may have been stopped in the middle
    assert refused(lambda: opening.confirm(other, opening_id)) == "another_confirmed"
    assert refused(lambda: opening.check(PROPOSER, opening_id, none)) == "not_confirmed"
    opening.check(CONFIRMER, opening_id, none)
    assert refused(lambda: opening.check(CONFIRMER, opening_id, none)) == "done"
    assert refused(lambda: opening.confirm(CONFIRMER, opening_id)) == "done"
    for run in (lambda: opening.confirm(CONFIRMER, "0f" * 16), lambda: opening.check(CONFIRMER, "0f" * 16, none)):
        with pytest.raises(UnknownOpening):
            run()


def test_only_one_holder_s_half_for_every_other_holder_is_taken(opening: OpenQuestion, proposal: Proposal) -> None:
    one = proposal.handed[0]
    for handed in (
        (one, one),
        (one.model_copy(update={"first": one.second, "second": one.second}),),
        (one.model_copy(update={"second": one.first}),),
        (one.model_copy(update={"first": bytes(32)}),),
    ):
        wrong = Proposal(proposal.x, proposal.ground, proposal.order, proposal.telling, handed)
        assert refused(lambda wrong=wrong: opening.propose(PROPOSER, wrong)) == "other_holders"  # type: ignore[misc]
    unknown = Proposal("0f" * 16, proposal.ground, proposal.order, proposal.telling, proposal.handed)
    with pytest.raises(UnknownExchange):
        opening.propose(PROPOSER, unknown)


def test_boxes_that_a_holder_finds_altered_are_a_breach_on_record(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    altered = Proposal(proposal.x, proposal.ground, proposal.order, proposal.telling, ())
    assert opening.propose(PROPOSER, altered) is None
    (told,) = on_record(database, Act.OPENING_CHECKED)
    assert (told["officer"], told["breaches"]) == (ALICE, [{"breach": "boxes", "position": None}])
    assert opening.show(OVERSEER).ours == ()


def another_s_body(raw: bytes) -> bytes:
    return canonical(read_sealed(raw).model_copy(update={"body": bytes(200)}))


@pytest.mark.parametrize(
    ("alter", "kept"),
    [(lambda _: b"", Kept.MISSING), (lambda _: b"altered", Kept.BROKEN), (another_s_body, Kept.BROKEN)],
    ids=["gone", "altered", "under another key"],
)
def test_openings_that_are_gone_or_altered_are_a_breach_on_record(
    opening: OpenQuestion, proposal: Proposal, database: Database, alter: Callable[[bytes], bytes], kept: Kept
) -> None:
    opening_id = opening.propose(PROPOSER, proposal) or ""
    change(database, proposal.x, lambda row: setattr(row, "openings_sealed", alter(row.openings_sealed)))
    (found,) = opening.find(PROPOSER, proposal.x)
    assert (found.kept, found.boxes) == (kept, ())
    (told,) = on_record(database, Act.OPENING_CHECKED)
    assert told["breaches"] == [{"breach": kept.value, "position": None}]
    assert refused(lambda: opening.propose(PROPOSER, proposal)) == kept.value
    assert refused(lambda: opening.confirm(CONFIRMER, opening_id)) == kept.value


def test_what_was_erased_on_record_is_told_as_that_and_is_no_breach(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    opening_id = opening.propose(PROPOSER, proposal) or ""
    opening.confirm(CONFIRMER, opening_id)
    ref = ExchangeRef(proposal.x, PE, "out")
    with database.begin() as work:
        erase_exchange(work, ref)
        work.record(Act.ERASED, cause="retention", exchanges=[list(ref)])
    assert [each.kept for each in opening.find(PROPOSER, proposal.x)] == [Kept.ERASED]
    assert refused(lambda: opening.confirm(CONFIRMER, opening_id)) == "erased"
    assert on_record(database, Act.OPENING_CHECKED) == []
    opening.check(CONFIRMER, opening_id, Outcome(5, 11, ()))  # of what had been opened before
    (told,) = on_record(database, Act.OPENING_CHECKED)
    assert told["exchange"] == proposal.x
    with database.read() as work:
        assert not work.can_open(proposal.x, Side("PE", "out"))


def test_what_was_emptied_and_marked_as_erased_without_an_entry_is_a_breach(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    other = ExchangeRef("0f" * 16, PE, "out")
    with database.begin() as work:
        erase_exchange(work, ExchangeRef(proposal.x, PE, "out"))
        work.record(Act.ERASED, cause="retention", exchanges=[list(other)])
    assert [each.kept for each in opening.find(PROPOSER, proposal.x)] == [Kept.MISSING]
    (told,) = on_record(database, Act.OPENING_CHECKED)
    assert (told["exchange"], told["breaches"]) == (proposal.x, [{"breach": "missing", "position": None}])


def test_without_its_request_a_question_proves_nothing_here(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    with database.begin() as work:
        work.session.delete(work.session.get_one(ExchangeKey, (proposal.x, "PE", "out")))
    assert [each.kept for each in opening.find(PROPOSER, proposal.x)] == [Kept.REQUEST_GONE]


def test_what_the_officer_wrote_is_not_compared_once_it_was_erased(
    opening: OpenQuestion, proposal: Proposal, database: Database
) -> None:
    opening_id = opening.propose(PROPOSER, proposal) or ""
    with database.begin() as work:
        reference = work.session.exec(select(Question.id)).one()
        work.session.delete(work.session.get_one(ExchangeKey, (reference, "", "")))
    material = opening.confirm(CONFIRMER, opening_id)
    assert (material.lines, material.entered) == (None, None)  # nor has the log taken the act yet
