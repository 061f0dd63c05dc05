"""The protection liaison's room: who sees a cause, who decides, and what a decision brings about. All are invented."""

from collections.abc import Sequence

import pytest
from sqlmodel import col, delete, select

from node.flows.ask_peers import CaseQuestion, _keep
from node.flows.decide_holds import PASS_LIFETIME, DecideHolds, HoldRefused, NotLocked, ShownHold, UnknownHold
from node.keys import Keys
from node.officers import Investigator, ProtectionLiaison, Role
from node.safeguards import protected, reviews
from node.safeguards.errors import NotFourEyes
from node.safeguards.holds import Cause, Holding, Line, held_lines, is_locked, lines_released_late
from node.safeguards.minimisation import listing
from node.safeguards.necessity import AskedLine
from node.safeguards.protected import Standing
from node.safeguards.reviews import Review
from node.store import jobs
from node.store.database import Database, Work
from node.store.jobs import Lane
from node.store.tables import (
    CaseIdentifier,
    ExchangeKey,
    HoldPass,
    Intake,
    Job,
    Officer,
    OfficerLock,
    ProtectedMark,
    Question,
    QuestionExchange,
    QuestionLine,
    QuestionToPeer,
)
from protocol.journal import Act
from protocol.vocabulary import LegalBasis, Offence, RequestPurpose, Urgency
from tests.node.conftest import ALICE, BEATRIZ, REFERENCE, Cases, Clock, phone
from tests.node.on_record import payload_of
from tests.node.people import LUCIA
from tests.protocol.federation import BR, PE

CARMEN = "c3" * 16
PROTECTED, ALIKE, DRAWN, DRAWN_BY_TWO, PLAIN = 2, 3, 4, 5, 6
NUMBERS = {PROTECTED: "+573015550101", DRAWN: "+573015550103", DRAWN_BY_TWO: "+573015550105", PLAIN: "+573015550107"}
REVIEWED = {NUMBERS[DRAWN]: Review.BY_ONE, NUMBERS[DRAWN_BY_TWO]: Review.BY_TWO}

ASKER = Investigator(ALICE, "alice", frozenset({Role.INVESTIGATOR}))
FIRST = ProtectionLiaison(BEATRIZ, "beatriz", frozenset({Role.PROTECTION}))
SECOND = ProtectionLiaison(CARMEN, "carmen", frozenset({Role.PROTECTION}))


class Room:
    """The story, a question of Alice's with a line for each cause, and how often what is due was started."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database, self.keys, self.started = database, keys, 0
        self.story = DecideHolds(database, Holding(keys, 0.005), self._start)
        self.question = self._ask()

    def _start(self) -> None:
        self.started += 1

    def _ask(self) -> str:
        identifiers = [AskedLine(line, number, (phone(number),), attested=True) for line, number in NUMBERS.items()]
        lines = (*identifiers, AskedLine(ALIKE, "Lucía Quispe", LUCIA.person, attested=True))
        why = (RequestPurpose("investigate_network"), LegalBasis("untoc_police"), Offence("tip"), Urgency("routine_7d"))
        with self.database.begin() as work:
            question_id = _keep(work, ASKER, CaseQuestion(lines, *why, "CASO-INVENTADO-7", (PE, BR), attested=True))
            to_look_at = [Line(each.line, tuple(value for _, _, value in each.inputs()), each.person) for each in lines]
            self.story.holding.hold(work, ALICE, question_id, to_look_at)
        return question_id

    def id_of(self, line: int) -> str:
        (found,) = [hold.id for hold in self.story.all(FIRST, decided=True) if hold.line == line]
        return found

    def held(self) -> set[int]:
        with self.database.read() as work:
            return held_lines(work, self.question)

    def acts(self, kind: Act) -> int:
        with self.database.read() as work:
            return len(work.session.exec(select(Intake).where(Intake.kind == kind.value)).all())

    def batches(self) -> dict[int, int]:
        with self.database.read() as work:
            return {row.line: row.batch for row in work.session.exec(select(QuestionLine)).all()}

    def states(self) -> dict[str, str]:
        with self.database.read() as work:
            return {row.peer: row.state for row in work.session.exec(select(QuestionToPeer)).all()}

    def answer(self, peer: str, batch: int = 0) -> None:
        """The peer has answered what was asked so far."""
        with self.database.begin() as work:
            row = work.session.exec(select(QuestionToPeer).where(QuestionToPeer.peer == peer)).one()
            lease = jobs.take(work, Lane.QUESTION, PE if peer == PE else BR)
            assert lease is not None
            jobs.finish(work, lease)
            exchange = QuestionExchange(
                x=work.new_id(),
                question_peer_id=row.id or 0,
                list_id="0" * 32,
                batch=batch,
                manifest="0" * 64,
                state="answered",
                lines=1,
                list_size=1,
                openings_sealed=b"",
                asked=work.now(),
            )
            row.state = "answered"
            work.session.add(row)
            work.session.add(exchange)


@pytest.fixture
def room(database: Database, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> Room:
    drawn = {phone(number).oprf_input(): review for number, review in REVIEWED.items()}
    monkeypatch.setattr(reviews, "draw", lambda _, inputs, *__: next((drawn[each] for each in inputs if each in drawn), None))
    real = protected.standings_of

    def people_are_alike(
        work: Work, keys: Keys, lines: Sequence[protected.Line], people: protected.ProtectedPeople
    ) -> list[Standing]:
        standings = real(work, keys, lines, people)
        return [
            each if line.person is None or line.looked_at else Standing.WEAK for line, each in zip(lines, standings, strict=True)
        ]

    monkeypatch.setattr(protected, "standings_of", people_are_alike)
    with database.begin() as work:
        work.session.add(
            Officer(
                id=CARMEN,
                username="carmen",
                name="Carmen (invented)",
                staff_number_digest=CARMEN * 2,
                roles="protection",
                active=True,
                created=work.now(),
            )
        )
        protected.protect(work, keys, protected.guarded(keys, [phone(NUMBERS[PROTECTED]).oprf_input()]))
    return Room(database, keys)


def test_the_liaison_sees_each_line_with_its_cause_its_officer_its_case_and_its_purpose(room: Room) -> None:
    shown = {hold.line: hold for hold in room.story.all(FIRST)}
    assert {line: hold.cause for line, hold in shown.items()} == {
        PROTECTED: Cause.PROTECTED,
        ALIKE: Cause.WEAK,
        DRAWN: Cause.REVIEW,
        DRAWN_BY_TWO: Cause.REVIEW_BY_TWO,
    }
    assert {(hold.officer, hold.case, hold.purpose, hold.question) for hold in shown.values()} == {
        ("alice", "CASO-INVENTADO-7", "investigate_network", room.question[:8])
    }
    assert (shown[DRAWN].written, shown[DRAWN].kind) == (NUMBERS[DRAWN], "phone")
    assert room.story.show(FIRST, shown[DRAWN].id) == shown[DRAWN]
    assert room.acts(Act.PERSONAL_DATA_READ) == 2


def test_of_a_question_of_one_s_own_nothing_is_seen_and_nothing_decided(room: Room) -> None:
    herself = ProtectionLiaison(ALICE, "alice", frozenset({Role.PROTECTION, Role.INVESTIGATOR}))
    assert room.story.all(herself, decided=True) == []
    hold = room.id_of(DRAWN)
    with pytest.raises(UnknownHold):
        room.story.show(herself, hold)
    with pytest.raises(UnknownHold):
        room.story.decide(herself, hold, "release")
    with pytest.raises(UnknownHold):
        room.story.show(FIRST, "0" * 32)
    assert DRAWN in room.held()


def test_a_released_line_is_asked_in_a_batch_of_its_own_of_whoever_has_answered_and_whoever_has_not(room: Room) -> None:
    room.answer(PE)
    shown = room.story.decide(FIRST, room.id_of(DRAWN), "release", "Comparado con el expediente")
    assert shown.released is not None
    assert [(each.liaison, each.what, each.note) for each in shown.decisions] == [
        ("beatriz", "release", "Comparado con el expediente")
    ]
    assert room.held() == {PROTECTED, ALIKE, DRAWN_BY_TWO}
    with room.database.read() as work:
        assert lines_released_late(work, work.session.get_one(Question, room.question)) == set()
    assert room.batches() == {PROTECTED: 0, ALIKE: 0, DRAWN: 1, DRAWN_BY_TWO: 0, PLAIN: 0}
    assert room.states() == {PE: "waiting", BR: "waiting"}
    with room.database.read() as work:
        owed = work.session.exec(select(Job.peer, Job.version, Job.state)).all()
    assert sorted(owed) == [(BR, 2, "waiting"), (PE, 1, "done"), (PE, 2, "waiting")]
    assert (room.started, room.acts(Act.HOLD_DECIDED)) == (1, 1)


def test_two_lines_released_before_anybody_was_asked_anew_go_together_and_a_later_one_by_itself(room: Room) -> None:
    room.answer(PE)
    room.story.decide(FIRST, room.id_of(DRAWN), "release")
    room.story.decide(FIRST, room.id_of(ALIKE), "release")
    assert {room.batches()[line] for line in (DRAWN, ALIKE)} == {1}
    room.answer(PE, batch=1)
    for liaison in (FIRST, SECOND):
        room.story.decide(liaison, room.id_of(DRAWN_BY_TWO), "release")
    assert room.batches()[DRAWN_BY_TWO] == 2


def test_a_peer_whose_share_is_over_is_not_asked_again(room: Room) -> None:
    room.answer(PE)
    with room.database.begin() as work:
        row = work.session.exec(select(QuestionToPeer).where(QuestionToPeer.peer == PE)).one()
        row.state = "refused"
        work.session.add(row)
    room.story.decide(FIRST, room.id_of(DRAWN), "release")
    assert room.states()[PE] == "refused"
    with room.database.read() as work:
        assert [job.version for job in work.session.exec(select(Job).where(Job.peer == PE)).all()] == [1]


def test_of_a_question_that_is_over_a_release_only_lets_the_line_pass_for_thirty_days(room: Room, clock: Clock) -> None:
    clock.now += 86400
    room.story.decide(FIRST, room.id_of(DRAWN), "release")
    assert room.batches()[DRAWN] == 0
    with room.database.read() as work:  # its officer is told that nobody was asked: it is not held, and no answer is "no hit"
        assert lines_released_late(work, work.session.get_one(Question, room.question)) == {DRAWN}
    assert DRAWN not in room.held()
    line = Line(1, (phone(NUMBERS[DRAWN]).oprf_input(),), None)
    with room.database.read() as work:
        (held,) = work.session.exec(select(HoldPass)).all()
        assert held.until == clock.now + PASS_LIFETIME
        assert room.story.holding.causes(work, [line]) == {}
    clock.now += PASS_LIFETIME
    with room.database.read() as work:
        assert room.story.holding.causes(work, [line]) == {1: Cause.REVIEW}


def test_a_protected_line_is_released_by_nobody(room: Room) -> None:
    hold = room.id_of(PROTECTED)
    for liaison in (FIRST, SECOND, FIRST):
        with pytest.raises(HoldRefused) as refused:
            room.story.decide(liaison, hold, "release")
        assert refused.value.reason == "protected"
    assert PROTECTED in room.held()
    assert room.story.show(FIRST, hold).decisions == ()


def test_what_entered_the_register_since_is_not_released_whatever_it_was_held_for(room: Room) -> None:
    with room.database.begin() as work:
        protected.protect(work, room.keys, protected.guarded(room.keys, [phone(NUMBERS[DRAWN]).oprf_input()]))
    with pytest.raises(HoldRefused, match="protected"):
        room.story.decide(FIRST, room.id_of(DRAWN), "release")


def test_what_left_the_register_since_can_be_released(room: Room) -> None:
    with room.database.begin() as work:
        work.session.exec(delete(ProtectedMark))
    assert room.story.decide(FIRST, room.id_of(PROTECTED), "release").released is not None


def test_half_of_the_reviews_take_two_liaisons_and_one_twice_is_not_two(room: Room) -> None:
    hold = room.id_of(DRAWN_BY_TWO)
    assert room.story.decide(FIRST, hold, "release").released is None
    with pytest.raises(HoldRefused, match="second_liaison"):
        room.story.decide(FIRST, hold, "release")
    assert DRAWN_BY_TWO in room.held()
    assert room.story.decide(SECOND, hold, "release").released is not None
    with pytest.raises(HoldRefused, match="released"):
        room.story.decide(FIRST, hold, "keep")


def test_what_is_kept_stays_held_leaves_the_list_and_needs_two_anew(room: Room) -> None:
    hold = room.id_of(DRAWN_BY_TWO)
    room.story.decide(FIRST, hold, "release")
    kept = room.story.decide(SECOND, hold, "keep", "No es del caso")
    assert (kept.released, kept.decisions[-1].note) == (None, "No es del caso")
    assert hold not in {each.id for each in room.story.all(FIRST)}
    assert hold in {each.id for each in room.story.all(FIRST, decided=True)}
    assert DRAWN_BY_TWO in room.held()
    assert room.story.decide(FIRST, hold, "release").released is None
    assert room.story.decide(SECOND, hold, "release").released is not None


def test_the_act_of_a_decision_names_no_cause(room: Room) -> None:
    room.story.decide(FIRST, room.id_of(DRAWN), "release")
    with room.database.read() as work:
        (act,) = work.session.exec(select(Intake).where(Intake.kind == Act.HOLD_DECIDED.value)).all()
        told = payload_of(work, act)
    assert act.officer_id == BEATRIZ
    assert not any(cause.value.encode() in told for cause in Cause)


def test_of_an_erased_question_nothing_can_be_released_and_the_hold_is_shown_without_words(room: Room) -> None:
    hold = room.id_of(DRAWN)
    with room.database.begin() as work:
        work.session.exec(delete(ExchangeKey).where(col(ExchangeKey.x) == room.question))
    shown = room.story.show(FIRST, hold)
    assert (shown.written, shown.case, shown.cause) == ("", "", Cause.REVIEW)
    with pytest.raises(HoldRefused, match="not_readable"):
        room.story.decide(FIRST, hold, "release")
    assert room.story.decide(FIRST, hold, "keep").decisions[-1].what == "keep"


# What was to be published


@pytest.fixture
def withheld(room: Room, cases: Cases) -> str:
    """A network of which a drawn number and a person alike are withheld, as Alice has seen."""
    with room.database.begin() as work:
        network = cases.network(work)
        cases.subject(
            work, network, "a company", category="legal_person", identifiers=(phone(NUMBERS[DRAWN]), phone(NUMBERS[PLAIN]))
        )
        cases.subject(work, network, "a suspect", named=LUCIA)
        listed = listing(work, room.keys, network.digest)
        room.story.holding.hold_listed(work, ALICE, network.digest, listed.looked_at)
    return network.digest


def of_network(room: Room) -> dict[str, ShownHold]:
    return {hold.kind: hold for hold in room.story.all(FIRST, decided=True) if hold.network is not None}


def test_the_liaison_sees_what_of_which_network_is_withheld(room: Room, withheld: str) -> None:
    shown = of_network(room)
    assert {kind: (hold.network, hold.cause, hold.question, hold.line, hold.purpose) for kind, hold in shown.items()} == {
        "phone": (REFERENCE, Cause.REVIEW, None, None, None),
        "name_dob": (REFERENCE, Cause.WEAK, None, None, None),
    }
    assert shown["phone"].written == NUMBERS[DRAWN]
    assert shown["name_dob"].written == "lucia marina quispe nahui, 1990-05-12"


def test_what_is_released_of_a_network_is_listed_with_the_next_proposal(room: Room, withheld: str) -> None:
    for hold in of_network(room).values():
        assert room.story.decide(FIRST, hold.id, "release").released is not None
    with room.database.read() as work:
        listed = listing(work, room.keys, withheld)
    assert (listed.kinds, listed.withheld) == ({"phone": 2, "name_dob": 1}, {})


def test_what_the_case_data_lack_by_now_cannot_be_released(room: Room, withheld: str) -> None:
    hold = of_network(room)["phone"]
    with room.database.begin() as work:
        work.session.exec(delete(CaseIdentifier))
    assert room.story.show(FIRST, hold.id).written == ""
    with pytest.raises(HoldRefused, match="not_readable"):
        room.story.decide(FIRST, hold.id, "release")


# The lock


def lock(room: Room, officer: str = ALICE) -> None:
    with room.database.begin() as work:
        work.session.merge(OfficerLock(officer_id=officer, locked=work.now()))


def test_a_liaison_unlocks_an_officer_on_record_and_nobody_unlocks_themselves(room: Room) -> None:
    lock(room)
    herself = ProtectionLiaison(ALICE, "alice", frozenset({Role.PROTECTION}))
    with pytest.raises(NotFourEyes, match="own_lock"):
        room.story.unlock(herself, "alice")
    room.story.unlock(FIRST, "alice")
    with room.database.read() as work:
        assert not is_locked(work, ALICE)
    assert room.acts(Act.OFFICER_UNLOCKED) == 1


@pytest.mark.parametrize("username", ["carmen", "nobody-of-that-name", ""])
def test_whoever_is_not_locked_is_not_unlocked(room: Room, username: str) -> None:
    with pytest.raises(NotLocked):
        room.story.unlock(FIRST, username)
    assert room.acts(Act.OFFICER_UNLOCKED) == 0


def test_an_officer_is_unlocked_once(room: Room) -> None:
    lock(room)
    room.story.unlock(FIRST, "alice")
    with pytest.raises(NotLocked):
        room.story.unlock(FIRST, "alice")
    lock(room)
    room.story.unlock(SECOND, "alice")
