"""What of a network is withheld for review: one word for every cause, and it goes before the protection liaison.

All people and numbers are invented.
"""

from collections.abc import Mapping

import pytest
from sqlmodel import delete, select

from node.keys import Keys
from node.safeguards import protected, reviews
from node.safeguards.holds import Cause, Holding, is_locked
from node.safeguards.listing_reviews import line_of
from node.safeguards.minimisation import Listing, listing
from node.safeguards.protected import standing
from node.safeguards.reviews import Review
from node.store.database import Work
from node.store.tables import CaseIdentifier, CaseSubject, Hold, HoldPass, IndexItem, Intake, LineLook
from protocol.identifiers import NORMALISER_VERSIONS, Identifier, Kind
from protocol.journal import Act
from tests.node.conftest import ALICE, BEATRIZ, Cases, Clock, in_the_index, phone
from tests.node.on_record import payload_of
from tests.node.people import LUCIA, LUCIA_ELSEWHERE, Named

ROSA = Named("Rosa Elvira", "Chuquimango Tapia", "1981-06-03")


def number(at: int) -> str:
    return f"+5730055501{at:02}"


@pytest.fixture
def holding(keys: Keys) -> Holding:
    return Holding(keys, 0.005)


def fall(monkeypatch: pytest.MonkeyPatch, *numbers: str, people: tuple[Named, ...] = ()) -> None:
    """Which numbers and people fall to a random review."""
    chosen = {phone(each).oprf_input() for each in numbers} | {value for each in people for value in each.inputs}
    monkeypatch.setattr(reviews, "draw", lambda _, inputs, *__: Review.BY_ONE if chosen & set(inputs) else None)


def protect(work: Work, keys: Keys, *numbers: str, people: tuple[Named, ...] = ()) -> None:
    inputs = [phone(each).oprf_input() for each in numbers]
    protected.protect(work, keys, protected.guarded(keys, inputs, [each.inputs for each in people]))


def told(listed: Listing) -> tuple[Mapping[str, int], Mapping[str, int]]:
    return listed.kinds, listed.withheld


def test_an_analyst_reads_the_same_for_a_protected_number_and_for_one_that_was_drawn(
    work: Work, keys: Keys, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    networks = [cases.network(work, label) for label in ("one", "other")]
    for at, network in enumerate(networks):
        cases.subject(work, network, str(at), identifiers=(phone(number(2 * at)), phone(number(2 * at + 1))))
    protect(work, keys, number(0))
    fall(monkeypatch, number(2))
    of_protected, of_drawn = (listing(work, keys, network.digest) for network in networks)
    assert told(of_protected) == told(of_drawn) == ({"phone": 1}, {"review": 1})
    assert [each.cause for each in of_protected.looked_at.reviewed] == [Cause.PROTECTED]
    assert [each.cause for each in of_drawn.looked_at.reviewed] == [Cause.REVIEW]


def test_of_an_uncleared_subject_the_register_says_nothing(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, screening="pending", identifiers=(phone(number(0)), phone(number(1))))
    before = listing(work, keys, network.digest)
    protect(work, keys, number(0))
    after = listing(work, keys, network.digest)
    assert told(before) == told(after) == ({}, {"screening": 2})
    assert after.looked_at.reviewed == ()


def test_somebody_who_may_be_protected_is_withheld_with_all_they_bear_and_named_once(
    work: Work, keys: Keys, cases: Cases
) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, identifiers=(phone(number(0)), phone(number(1))), named=LUCIA_ELSEWHERE)
    protect(work, keys, people=(LUCIA,))
    listed = listing(work, keys, network.digest)
    assert told(listed) == ({}, {"review": 3})
    assert {each.bearer for each in listed.looked_at.reviewed} == {subject.digest}


def test_what_is_withheld_goes_before_the_liaison_once_and_is_on_record_without_the_cause(
    work: Work, keys: Keys, cases: Cases, holding: Holding
) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(number(0)), phone(number(1))), named=ROSA)
    protect(work, keys, number(0))
    for _ in range(3):
        holding.hold_listed(work, ALICE, network.digest, listing(work, keys, network.digest).looked_at)
    (held,) = work.session.exec(select(Hold)).all()
    assert (held.network, held.question_id, held.officer_id) == (network.digest, None, ALICE)
    (act,) = work.session.exec(select(Intake).where(Intake.kind == Act.PUBLICATION_HELD.value)).all()
    assert not any(cause.value.encode() in payload_of(work, act) for cause in Cause)
    looks = work.session.exec(select(LineLook)).all()
    assert sorted(look.person for look in looks) == [False, False, True]
    holding.hold_listed(work, BEATRIZ, network.digest, listing(work, keys, network.digest).looked_at)
    assert len(work.session.exec(select(Hold)).all()) == 2


def test_an_analyst_who_probes_with_networks_of_one_number_is_locked(
    work: Work, keys: Keys, cases: Cases, holding: Holding, clock: Clock
) -> None:
    numbers = [number(at) for at in range(4)]
    protect(work, keys, *numbers)
    for at, each in enumerate(numbers):
        assert not is_locked(work, ALICE)
        network = cases.network(work, str(at))
        cases.subject(work, network, str(at), identifiers=(phone(each),))
        holding.hold_listed(work, ALICE, network.digest, listing(work, keys, network.digest).looked_at)
    assert is_locked(work, ALICE)


def test_an_analyst_of_large_networks_meets_reviews_and_is_not_locked(
    work: Work, keys: Keys, cases: Cases, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=tuple(phone(f"+573005{at:06}") for at in range(1000)))
    fall(monkeypatch, *(f"+573005{at:06}" for at in range(12)))
    holding.hold_listed(work, ALICE, network.digest, listing(work, keys, network.digest).looked_at)
    assert len(work.session.exec(select(Hold)).all()) == 12
    assert not is_locked(work, ALICE)


def test_looks_at_networks_of_invented_people_hide_no_held_numbers(
    work: Work, keys: Keys, cases: Cases, holding: Holding, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = cases.network(work, "many")
    for at in range(60):
        cases.subject(
            work,
            many,
            f"m{at}",
            named=Named(f"Rosa{chr(97 + at % 26)}a Elvira", f"Chuqui{chr(97 + at // 26)}o Tapia", "1981-06-03"),
        )
    for _ in range(20):
        holding.hold_listed(work, ALICE, many.digest, listing(work, keys, many.digest).looked_at)
    numbers = [number(at) for at in range(4)]
    fall(monkeypatch, *numbers)
    network = cases.network(work)
    cases.subject(work, network, identifiers=tuple(phone(each) for each in numbers))
    holding.hold_listed(work, ALICE, network.digest, listing(work, keys, network.digest).looked_at)
    assert is_locked(work, ALICE)


def test_a_pass_lists_what_was_drawn_and_somebody_alike_and_nobody_in_the_register(
    work: Work, keys: Keys, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, identifiers=(phone(number(0)), phone(number(1))), named=ROSA)
    protect(work, keys, number(1))
    fall(monkeypatch, number(0))
    for each in listing(work, keys, network.digest).looked_at.reviewed:
        work.session.merge(HoldPass(mark=each.line.mark(keys), until=work.now() + 60))
    assert told(listing(work, keys, network.digest)) == ({"phone": 1, "name_dob": 1}, {"review": 1})
    everybody_is_alike = lambda work, keys, lines, people: [  # noqa: E731
        protected.Standing.NOBODY if line.person is None or line.looked_at is not None else protected.Standing.WEAK
        for line in lines
    ]
    for place in (protected, standing):
        monkeypatch.setattr(place, "standings_of", everybody_is_alike)
    assert protected.ProtectedPeople(work, keys).include(subject)
    person = line_of(work, subject.digest)
    assert person is not None
    work.session.merge(HoldPass(mark=person.mark(keys), until=work.now() + 60))
    assert not protected.ProtectedPeople(work, keys).include(subject)
    assert told(listing(work, keys, network.digest)) == ({"phone": 2, "name_dob": 1}, {})


def test_what_was_withheld_is_read_again_while_the_case_data_have_it(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    subject = cases.subject(work, network, identifiers=(phone(number(0)),), named=ROSA)
    value = phone(number(0)).oprf_input()
    of_number, of_person = line_of(work, keys.digest("identifier", value)), line_of(work, subject.digest)
    assert of_number is not None
    assert (of_number.inputs, of_number.person) == ((value,), None)
    assert of_person is not None
    assert (set(of_person.inputs), of_person.person) == (set(ROSA.inputs), ROSA.person)
    work.session.exec(delete(CaseIdentifier))
    work.session.exec(delete(CaseSubject))
    assert line_of(work, keys.digest("identifier", value)) is None
    assert line_of(work, subject.digest) is None


def test_a_victim_who_is_imported_as_a_cleared_suspect_is_listed_only_by_a_node_that_does_not_look(
    work: Work, keys: Keys, cases: Cases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attack of an analyst: another category, another role, every screening said to be done."""
    protect(work, keys, number(0), people=(LUCIA,))
    network = cases.network(work)
    cases.subject(work, network, "as a company", category="legal_person", identifiers=(phone(number(0)),))
    cases.subject(work, network, "as a suspect", category="convicted", named=LUCIA_ELSEWHERE)
    with monkeypatch.context() as weakened:
        weakened.setattr("node.safeguards.minimisation.find_reviewed", lambda *_: {})
        assert told(listing(work, keys, network.digest)) == ({"phone": 1, "name_dob": 1}, {})
    assert told(listing(work, keys, network.digest)) == ({}, {"review": 2})


# Somebody whom the register knows by a document


PASSPORT = Identifier(Kind.PASSPORT, NORMALISER_VERSIONS[Kind.PASSPORT], "PE:INVENTED01")
ID_CARD = Identifier(Kind.NATIONAL_ID, NORMALISER_VERSIONS[Kind.NATIONAL_ID], "PE:00000017")


def protect_document(work: Work, keys: Keys, document: Identifier = PASSPORT) -> None:
    protected.protect(work, keys, protected.guarded(keys, [document.oprf_input()], reference=document.canonical))


@pytest.mark.parametrize("document", [PASSPORT, ID_CARD])
@pytest.mark.parametrize("named", [ROSA, None])
def test_whoever_bears_a_protected_document_is_withheld_with_all_they_bear(
    work: Work, keys: Keys, cases: Cases, document: Identifier, named: Named | None
) -> None:
    network = cases.network(work)
    borne = (document, phone(number(0)), phone(number(1)))
    subject = cases.subject(work, network, "bearer", identifiers=borne, named=named)
    other = cases.subject(work, network, "other", identifiers=(phone(number(2)),))
    assert not protected.ProtectedPeople(work, keys).include(subject)
    protect_document(work, keys, document)
    listed = listing(work, keys, network.digest)
    assert told(listed) == ({"phone": 1}, {"review": 3 if named is None else 4})
    assert [(each.bearer, each.cause) for each in set(listed.looked_at.reviewed)] == [
        (keys.digest("identifier", document.oprf_input()), Cause.PROTECTED)
    ]
    people = protected.ProtectedPeople(work, keys)
    assert [people.include(each) for each in (subject, other)] == [True, False]


def test_whoever_bears_a_protected_document_in_another_network_is_withheld_as_well(work: Work, keys: Keys, cases: Cases) -> None:
    here, there = (cases.network(work, label) for label in ("here", "there"))
    cases.subject(work, there, "bearer", identifiers=(PASSPORT, phone(number(0))))
    cases.subject(work, here, "sharer", identifiers=(phone(number(0)), phone(number(1))), named=ROSA)
    protect_document(work, keys)
    assert told(listing(work, keys, here.digest)) == ({"phone": 1, "name_dob": 1}, {"review": 1})


def test_a_number_that_is_protected_withholds_nobody_who_shares_it(work: Work, keys: Keys, cases: Cases) -> None:
    """A telephone passes from hand to hand: one of a victim's would take every suspect out who ever used it."""
    network = cases.network(work)
    cases.subject(work, network, identifiers=(phone(number(0)), phone(number(1))), named=ROSA)
    protect(work, keys, number(0))
    assert told(listing(work, keys, network.digest)) == ({"phone": 1, "name_dob": 1}, {"review": 1})


@pytest.mark.parametrize("by", ["document", "name"])
def test_an_analyst_reads_the_same_for_a_person_who_is_protected_and_for_one_who_was_drawn(
    work: Work, keys: Keys, cases: Cases, holding: Holding, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    """Otherwise a network of one suspect, with a number of the analyst's own, would tell a review from a victim."""
    networks = [cases.network(work, label) for label in ("one", "other")]
    for at, (network, document, named) in enumerate(zip(networks, (PASSPORT, ID_CARD), (LUCIA, ROSA), strict=True)):
        cases.subject(work, network, str(at), identifiers=(document, phone(number(at))), named=named)
    if by == "document":
        protect_document(work, keys)
        drawn = [ID_CARD.oprf_input()]
    else:
        protect(work, keys, people=(LUCIA,))
        drawn = ROSA.inputs
    monkeypatch.setattr(reviews, "draw", lambda _, inputs, *__: Review.BY_ONE if set(drawn) & set(inputs) else None)
    of_protected, of_drawn = (listing(work, keys, network.digest) for network in networks)
    assert told(of_protected) == told(of_drawn) == ({}, {"review": 3})
    for network, listed in zip(networks, (of_protected, of_drawn), strict=True):
        holding.hold_listed(work, ALICE, network.digest, listed.looked_at)
    assert sorted(held.network or "" for held in work.session.exec(select(Hold)).all()) == sorted(n.digest for n in networks)
    for each in of_drawn.looked_at.reviewed:
        work.session.merge(HoldPass(mark=each.line.mark(keys), until=work.now() + 60))
    assert told(listing(work, keys, networks[1].digest))[1] == {}


def test_who_bears_a_document_of_a_kind_that_cannot_be_looked_up_whole_waits(work: Work, keys: Keys, cases: Cases) -> None:
    network = cases.network(work)
    cases.subject(work, network, identifiers=(PASSPORT, phone(number(0))), named=ROSA)
    protect_document(work, keys, Identifier(Kind.PASSPORT, "passport-0", "PE:INVENTED02"))
    listed = listing(work, keys, network.digest)
    assert (told(listed), listed.looked_at.reviewed) == (({}, {"review": 3}), ())


@pytest.mark.parametrize("version", [PASSPORT.version, "passport-0"])
def test_what_is_listed_of_whoever_bears_a_document_leaves_as_the_document_is_entered(
    work: Work, keys: Keys, cases: Cases, version: str
) -> None:
    """Under the name and the other numbers, too; whatever release made the entry."""
    network, document = cases.network(work), Identifier(Kind.PASSPORT, version, PASSPORT.canonical)
    bearer = cases.subject(work, network, "bearer", identifiers=(document, phone(number(0))), named=ROSA)
    other = cases.subject(work, network, "other", identifiers=(phone(number(1)),), named=LUCIA)
    for held in work.session.exec(select(CaseIdentifier)).all():
        work.session.add(in_the_index(held, "7e" * 16))
    work.session.flush()
    protect_document(work, keys)
    states = {(row.subject, row.state) for row in work.session.exec(select(IndexItem)).all()}
    assert states == {(bearer.digest, "leaving"), (other.digest, "listed")}


def test_somebody_alike_whom_a_liaison_released_stays_listed_as_the_same_file_is_fed_again(
    work: Work, keys: Keys, cases: Cases, clock: Clock
) -> None:
    """And leaves as soon as the register takes somebody alike in of whom no liaison has said that they are somebody else."""
    subject = cases.subject(
        work, cases.network(work), identifiers=(phone(number(0)),), named=Named("L.", "Quispe Ñahuí", "1990-05-12")
    )
    for held in work.session.exec(select(CaseIdentifier)).all():
        work.session.add(in_the_index(held, "7e" * 16))
    work.session.flush()

    def fed_again(*people: Named, reference: str = "REG-INVENTED-1") -> set[str]:
        protected.protect(work, keys, protected.guarded(keys, [], [each.inputs for each in people], reference=reference))
        return {row.state for row in work.session.exec(select(IndexItem)).all()}

    assert fed_again(LUCIA) == {"leaving"}
    line = line_of(work, subject.digest)
    assert line is not None
    work.session.add(HoldPass(mark=line.mark(keys), until=work.now() + 60, looked_at=work.now()))
    for row in work.session.exec(select(IndexItem)).all():  # published again, now that the liaison has released it
        row.state = "listed"
    clock.now += 100 * 86400
    assert fed_again(LUCIA) == {"listed"}
    protected.take_back(work, keys, [subject.digest])
    assert {row.state for row in work.session.exec(select(IndexItem)).all()} == {"listed"}
    assert fed_again(Named("Luz", "Quispe Ñahuí", "1990-05-12"), reference="REG-INVENTED-2") == {"leaving"}
