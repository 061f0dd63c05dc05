"""The protection liaison's register: at once, and told in counts."""

from datetime import date

from sqlmodel import select

from node.case_files.protected_people import ProtectedRow, read_entry
from node.flows.keep_register import KeepRegister, RegisterState
from node.keys import Keys
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.store.database import Database
from node.store.tables import IndexItem, Intake, ProtectedEntry, ProtectedFeed
from protocol.identifiers import Kind
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from tests.node.conftest import ALICE, BEATRIZ, PHONE, Cases, phone
from tests.node.people import LUCIA, LUCIA_ELSEWHERE
from tests.protocol.federation import CO, list_id

ANA, EVA = (ProtectionLiaison(each, "invented", frozenset({Role.PROTECTION})) for each in (ALICE, BEATRIZ))


def row(reference: str = "R-INVENTED", number: str = PHONE) -> ProtectedRow:
    texts = {"given_names": LUCIA.given, "surnames": LUCIA.surnames, "birth_date": LUCIA.born}
    read, problems = read_entry(reference, texts, [(Kind.PHONE, number)], "CO", date(2026, 10, 1))
    assert read is not None
    assert not problems
    return read


def test_whoever_is_entered_is_protected_at_once_and_what_is_listed_of_them_leaves(
    database: Database, keys: Keys, cases: Cases
) -> None:
    with database.begin() as work:
        suspect = cases.subject(work, cases.network(work), named=LUCIA_ELSEWHERE, identifiers=(phone(),))
        listed = IndexItem(
            list_id=list_id(CO),
            epoch=1,
            identifier=keys.digest("identifier", phone().oprf_input()),
            kind="phone",
            version="1",
            subject=suspect.digest,
            record_id="7e" * 16,
            j=0,
            key_type=KEY_TYPE_IDENTIFIER,
            handle=bytes(16),
            input_sealed=b"",
            state="listed",
        )
        work.session.add(listed)
    assert KeepRegister(database, keys).add(ANA, row()) == 1
    with database.read() as work:
        assert [item.state for item in work.session.exec(select(IndexItem)).all()] == ["leaving"]
        assert protected.is_protected(work, keys, phone().oprf_input())
        assert protected.ProtectedPeople(work, keys).include(suspect)
        (entry,) = work.session.exec(select(ProtectedEntry)).all()
        assert (entry.source, entry.officer_id) == ("officer", ALICE)
        assert [act.kind for act in work.session.exec(select(Intake)).all()] == ["protected_entered"]


def test_two_take_out_what_one_entered(database: Database, keys: Keys) -> None:
    keep = KeepRegister(database, keys)
    keep.add(ANA, row())
    assert [keep.remove(each, "R-INVENTED") for each in (ANA, EVA)] == [False, True]
    assert keep.state(ANA).entries == {}


def test_who_is_entered_again_is_not_taken_out_by_an_earlier_proposal(database: Database, keys: Keys) -> None:
    keep = KeepRegister(database, keys)
    keep.add(ANA, row())
    keep.remove(ANA, "R-INVENTED")
    keep.add(EVA, row(number=f"{PHONE[:-1]}1"))
    assert keep.state(ANA).removals == 0
    assert not keep.remove(EVA, "R-INVENTED")
    assert keep.state(ANA).identifiers == 2


def test_where_it_stands_is_told_in_counts(database: Database, keys: Keys) -> None:
    keep = KeepRegister(database, keys)
    assert keep.state(ANA) == RegisterState({}, 0, 0, (), 0, (), 0)
    keep.add(ANA, row())
    keep.add(ANA, row("R-OTHER", f"{PHONE[:-1]}1"))
    with database.begin() as work:
        older = phone().oprf_input().replace(b"phone-2", b"phone-1")
        protected.protect(work, keys, protected.guarded(keys, [older], reference="R-OLD"))
        work.session.add_all(ProtectedFeed(sequence=each, digest="", taken=1, received=work.now()) for each in (1, 2))
    keep.remove(ANA, "R-INVENTED")
    assert keep.state(EVA) == RegisterState({"officer": 2, "import": 1}, 3, 2, ("phone",), 1, (), 2)
