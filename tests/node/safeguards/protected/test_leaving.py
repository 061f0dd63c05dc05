"""Taking somebody out takes two, and leaves nothing."""

import pytest
from sqlmodel import SQLModel, select

from node.keys import Keys
from node.officers import ProtectionLiaison, Role
from node.safeguards import protected
from node.safeguards.errors import NotFourEyes
from node.safeguards.protected import PROPOSAL_LIFETIME, UnknownEntry
from node.store.database import Work
from node.store.tables import Intake, ProtectedEntry, ProtectedForm, ProtectedMark, ProtectedName, ProtectedRemoval
from tests.node.conftest import ALICE, BEATRIZ, PHONE, Clock, phone
from tests.node.people import LUCIA

ANA, EVA = (ProtectionLiaison(each, "invented", frozenset({Role.PROTECTION})) for each in (ALICE, BEATRIZ))
VALUE, OTHER = phone().oprf_input(), phone(f"{PHONE[:-1]}1").oprf_input()
OF_ENTRIES: tuple[type[SQLModel], ...] = (ProtectedEntry, ProtectedMark, ProtectedName, ProtectedForm, ProtectedRemoval)


def enter(work: Work, keys: Keys, reference: str, *inputs: bytes) -> None:
    protected.protect(work, keys, protected.guarded(keys, inputs, [LUCIA.inputs], reference=reference))


def test_the_first_proposes_and_the_second_takes_out(work: Work, keys: Keys) -> None:
    enter(work, keys, "R-INVENTED", VALUE)
    assert not protected.take_out(work, keys, ANA, "R-INVENTED")
    assert protected.is_protected(work, keys, VALUE)
    assert protected.take_out(work, keys, EVA, " R-INVENTED ")
    assert not protected.is_protected(work, keys, VALUE)
    assert protected.ProtectedPeople(work, keys).standing(LUCIA.person) is protected.Standing.NOBODY
    assert [len(work.session.exec(select(table)).all()) for table in OF_ENTRIES] == [0] * len(OF_ENTRIES)
    assert [row.kind for row in work.session.exec(select(Intake)).all()] == ["protected_removal_proposed", "protected_removed"]


def test_nobody_is_both(work: Work, keys: Keys) -> None:
    enter(work, keys, "R-INVENTED", VALUE)
    protected.take_out(work, keys, ANA, "R-INVENTED")
    with pytest.raises(NotFourEyes, match="proposed_it_yourself"):
        protected.take_out(work, keys, ANA, "R-INVENTED")
    assert protected.is_protected(work, keys, VALUE)


def test_what_nobody_confirmed_in_a_week_is_proposed_anew(work: Work, keys: Keys, clock: Clock) -> None:
    enter(work, keys, "R-INVENTED", VALUE)
    protected.take_out(work, keys, ANA, "R-INVENTED")
    clock.now += PROPOSAL_LIFETIME + 1
    assert not protected.take_out(work, keys, EVA, "R-INVENTED")
    assert protected.take_out(work, keys, ANA, "R-INVENTED")


def test_a_proposal_does_not_outlive_the_entry_as_it_was(work: Work, keys: Keys) -> None:
    enter(work, keys, "R-INVENTED", VALUE)
    enter(work, keys, "R-OTHER", OTHER)
    for reference in ("R-INVENTED", "R-OTHER"):
        protected.take_out(work, keys, ANA, reference)
    enter(work, keys, "R-INVENTED", VALUE)
    assert not protected.take_out(work, keys, EVA, "R-INVENTED")
    assert protected.is_protected(work, keys, VALUE)
    assert protected.take_out(work, keys, EVA, "R-OTHER")
    assert [row.kind for row in work.session.exec(select(Intake)).all()] == [
        *["protected_removal_proposed"] * 2,
        "protected_removal_dropped",
        "protected_removal_proposed",
        "protected_removed",
    ]


def test_what_another_entry_bears_too_stays_protected(work: Work, keys: Keys) -> None:
    enter(work, keys, "R-INVENTED", VALUE, OTHER)
    enter(work, keys, "R-OTHER", VALUE)
    for officer in (ANA, EVA):
        protected.take_out(work, keys, officer, "R-INVENTED")
    assert [protected.is_protected(work, keys, each) for each in (VALUE, OTHER)] == [True, False]
    assert protected.ProtectedPeople(work, keys).standing(LUCIA.person) is protected.Standing.PROTECTED


def test_a_reference_that_nobody_has_is_unknown(work: Work, keys: Keys) -> None:
    enter(work, keys, "R-INVENTED", VALUE)
    for reference in ("r-invented", "", "subject/R-INVENTED"):
        with pytest.raises(UnknownEntry):
            protected.take_out(work, keys, ANA, reference)
