"""Budgets: every guess costs, a day is a day, and many askers at once cannot take more than there is."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from node.safeguards import budgets
from node.safeguards.errors import OverBudget
from node.store.database import Database, Work
from node.store.tables import BudgetSpending
from protocol.authority import Authority
from protocol.directory import ListEntry
from protocol.errors import BudgetSpent
from tests.node.conftest import ALICE, BEATRIZ, Clock, taken_back
from tests.protocol.federation import BR, CO, DAY, EPOCH, NOW, PE, list_entry, octets

Charge = Callable[[Work, int], None]
DAILY = 64
OFFICER, OTHER_OFFICER = octets("pseudonym of an officer")[:16], octets("pseudonym of another officer")[:16]
ENTRY = list_entry(CO).model_copy(update={"daily_per_asker": DAILY, "daily_per_officer": DAILY, "epoch_cap": 160})
NARROW = ENTRY.model_copy(update={"daily_per_officer": 32})
"""Of 64 elements a day, one officer has 32."""
MIDNIGHT = NOW + DAY - NOW % DAY


def asker(work: Work, elements: int) -> None:
    budgets.charge_asker(work, PE, OFFICER, ENTRY, EPOCH, elements)


def asked(work: Work, elements: int) -> None:
    budgets.charge_asked(work, PE, OFFICER, ENTRY, EPOCH, elements)


def officer(work: Work, elements: int) -> None:
    budgets.charge_officer(work, ALICE, elements, DAILY)


def theirs(work: Work, elements: int) -> None:
    budgets.charge_asker(work, PE, OFFICER, NARROW, EPOCH, elements)


def ours(work: Work, elements: int) -> None:
    budgets.charge_asked(work, PE, OFFICER, NARROW, EPOCH, elements)


SIDES = pytest.mark.parametrize("charge", [asker, asked, officer])
REFUSED = (BudgetSpent, OverBudget)


def spent(work: Work) -> int:
    """By authorities, and by our officers in lines; officers towards a peer spend of the same."""
    of_all = col(BudgetSpending.side).in_(("asker", "asked", "officer"))
    return int(work.session.exec(select(func.coalesce(func.sum(col(BudgetSpending.elements)), 0)).where(of_all)).one())


def of_officers(work: Work) -> list[tuple[str, str, int]]:
    """(side, who, elements) of officers towards a peer."""
    rows = work.session.exec(select(BudgetSpending).where(col(BudgetSpending.side).in_(("theirs", "ours")))).all()
    return sorted((row.side, row.who, row.elements) for row in rows)


@SIDES
def test_a_budget_can_be_spent_to_the_last_element_and_not_beyond(work: Work, charge: Charge) -> None:
    charge(work, 48)
    charge(work, 16)
    with pytest.raises(REFUSED):
        charge(work, 1)
    assert spent(work) == DAILY


@SIDES
def test_what_does_not_fit_costs_nothing(work: Work, charge: Charge) -> None:
    with pytest.raises(REFUSED):
        charge(work, DAILY + 1)
    assert spent(work) == 0
    charge(work, DAILY)


@SIDES
def test_a_day_ends_at_midnight_utc(work: Work, clock: Clock, charge: Charge) -> None:
    clock.now = MIDNIGHT - 1
    charge(work, DAILY)
    with pytest.raises(REFUSED):
        charge(work, 1)
    clock.now = MIDNIGHT
    charge(work, DAILY)


@SIDES
def test_many_at_once_cannot_take_more_than_there_is(database: Database, charge: Charge) -> None:
    start = threading.Barrier(8)

    def attempt(_: int) -> bool:
        start.wait()
        try:
            with database.begin() as work:
                charge(work, 16)
        except REFUSED:
            return False
        return True

    with ThreadPoolExecutor(8) as workers:
        outcomes = list(workers.map(attempt, range(8)))
    assert sum(outcomes) == DAILY // 16
    with database.read() as work:
        assert spent(work) == DAILY


def test_many_at_once_take_too_much_where_looking_and_taking_are_two_units_of_work(database: Database) -> None:
    """The attack that the test above would not see if it could not succeed: a weakened charge overspends."""
    looked = threading.Barrier(8)

    def attempt(_: int) -> None:
        with database.read() as work:
            enough = spent(work) + 16 <= DAILY
        looked.wait()
        if enough:
            with database.begin() as work:
                budgets.charge_officer(work, ALICE, 16, limit=10**6)

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(attempt, range(8)))
    with database.read() as work:
        assert spent(work) == 128


def test_an_epoch_s_cap_holds_over_all_askers_and_days(work: Work, clock: Clock) -> None:
    for peer in (PE, BR):
        budgets.charge_asker(work, peer, OFFICER, ENTRY, EPOCH, DAILY)
    clock.now = MIDNIGHT
    budgets.charge_asker(work, PE, OFFICER, ENTRY, EPOCH, 32)
    for peer in (PE, BR):
        with pytest.raises(BudgetSpent) as caught:
            budgets.charge_asker(work, peer, OFFICER, ENTRY, EPOCH, 16)
        assert caught.value.facts == {"reason": "epoch"}
    budgets.charge_asker(work, BR, OFFICER, ENTRY, EPOCH + 1, 16)


def test_where_two_epochs_overlap_a_day_is_still_one_day(work: Work) -> None:
    budgets.charge_asker(work, PE, OFFICER, ENTRY, EPOCH, 48)
    budgets.charge_asker(work, PE, OFFICER, ENTRY, EPOCH + 1, 16)
    with pytest.raises(BudgetSpent) as caught:
        budgets.charge_asker(work, PE, OFFICER, ENTRY, EPOCH + 1, 16)
    assert caught.value.facts == {"reason": "day"}
    budgets.charge_asked(work, PE, OFFICER, ENTRY, EPOCH, 48)
    with pytest.raises(OverBudget):
        budgets.charge_asked(work, PE, OFFICER, ENTRY, EPOCH + 1, 32)


@pytest.mark.parametrize("other", [(BR, ENTRY), (PE, ENTRY.model_copy(update={"list": "0" * 32}))], ids=["asker", "list"])
def test_each_asker_and_each_list_has_a_budget_of_its_own(work: Work, other: tuple[Authority, ListEntry]) -> None:
    for charge in (budgets.charge_asker, budgets.charge_asked):
        charge(work, PE, OFFICER, ENTRY, EPOCH, DAILY)
        charge(work, other[0], OFFICER, other[1], EPOCH, DAILY)


def test_each_officer_has_a_budget_of_their_own(work: Work) -> None:
    budgets.charge_officer(work, ALICE, 10, 10)
    budgets.charge_officer(work, BEATRIZ, 10, 10)
    with pytest.raises(OverBudget) as caught:
        budgets.charge_officer(work, ALICE, 3, 12)
    refills = {"refills": MIDNIGHT, "retry_seconds": MIDNIGHT - NOW}
    assert (caught.value.reason, caught.value.facts) == ("officer_day", {"left": 2, "needed": 3, **refills})


@pytest.mark.parametrize("charge", [theirs, ours])
def test_an_officer_has_a_part_of_the_authority_s_day_and_another_one_the_rest(work: Work, clock: Clock, charge: Charge) -> None:
    charge(work, 32)
    with pytest.raises(REFUSED) as caught:
        charge(work, 16)
    if isinstance(caught.value, OverBudget):
        refills = {"refills": MIDNIGHT, "retry_seconds": MIDNIGHT - NOW}
        assert (caught.value.reason, caught.value.facts) == ("peer_officer_day", {"peer": PE, "left": 0, "needed": 16, **refills})
    else:
        assert isinstance(caught.value, BudgetSpent) and caught.value.facts == {"reason": "officer"}
    assert spent(work) == 32, "what is refused costs nobody anything"
    again = budgets.charge_asker if charge is theirs else budgets.charge_asked
    again(work, PE, OTHER_OFFICER, NARROW, EPOCH + 1, 32)
    with pytest.raises(REFUSED):
        again(work, PE, octets("an officer that was invented")[:16], NARROW, EPOCH, 16)
    clock.now = MIDNIGHT
    charge(work, 32)


def test_pseudonyms_that_a_peer_invents_give_it_no_more_than_its_own_budget(work: Work) -> None:
    for number in range(DAILY // 16):
        budgets.charge_asker(work, PE, octets(f"invented {number}")[:16], NARROW, EPOCH, 16)
    with pytest.raises(BudgetSpent) as caught:
        budgets.charge_asker(work, PE, octets("invented anew")[:16], NARROW, EPOCH, 16)
    assert caught.value.facts == {"reason": "day"}


def test_one_pseudonym_of_two_peers_is_two_officers_and_stands_nowhere_in_the_books(work: Work) -> None:
    for peer in (PE, BR):
        budgets.charge_asker(work, peer, OFFICER, NARROW, EPOCH, 32)
    rows = of_officers(work)
    assert [(side, elements) for side, _, elements in rows] == [("theirs", 32)] * 2
    assert len({who for _, who, _ in rows}) == 2
    assert all(OFFICER.hex() not in who for _, who, _ in rows)


@pytest.mark.parametrize("charge", [asked, ours, officer])
def test_who_has_spent_a_day_is_told_when_it_is_whole_again_and_then_it_is(
    database: Database, clock: Clock, charge: Charge
) -> None:
    day = 32 if charge is ours else DAILY
    with database.begin() as work:
        charge(work, day)
    with pytest.raises(OverBudget) as caught, database.begin() as work:
        charge(work, 1)
    clock.now = int(caught.value.facts["refills"]) - 1
    with pytest.raises(OverBudget), database.begin() as work:
        charge(work, 1)
    clock.now += 1
    with database.begin() as work:
        charge(work, day)


@pytest.mark.parametrize(("charge", "reason"), [(asked, "peer_list"), (ours, "peer_officer"), (officer, "officer_question")])
def test_nobody_waits_for_a_day_that_never_has_enough(work: Work, charge: Charge, reason: str) -> None:
    with pytest.raises(OverBudget) as caught:
        charge(work, 33 if charge is ours else DAILY + 1)
    assert (caught.value.reason, "refills" in caught.value.facts) == (reason, False)


@given(now=st.integers(0, 1 << 40))
def test_a_budget_is_whole_again_at_the_next_midnight_of_utc(now: int) -> None:
    at = budgets.refilled_at(now)
    assert now < at <= now + DAY
    assert at % DAY == 0


def test_being_asked_and_asking_are_two_budgets(work: Work) -> None:
    asker(work, DAILY)
    asked(work, DAILY)


charges = st.lists(
    st.tuples(st.sampled_from((PE, BR)), st.sampled_from((16, 32, 64)), st.integers(0, 2), st.integers(0, 1)), max_size=12
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(charges=charges)
def test_no_order_of_charges_gets_past_a_budget_and_none_within_it_is_refused(
    database: Database, clock: Clock, charges: list[tuple[Authority, int, int, int]]
) -> None:
    days: dict[tuple[Authority, int], int] = {}
    epochs: dict[int, int] = {}
    with taken_back(database) as work:
        for peer, elements, day, epoch in charges:
            clock.now = NOW + day * DAY
            on_day, in_epoch = days.get((peer, day), 0) + elements, epochs.get(epoch, 0) + elements
            try:
                budgets.charge_asker(work, peer, OFFICER, ENTRY, EPOCH + epoch, elements)
            except BudgetSpent:
                assert on_day > DAILY or in_epoch > ENTRY.epoch_cap
            else:
                assert on_day <= DAILY
                assert in_epoch <= ENTRY.epoch_cap
                days[peer, day], epochs[epoch] = on_day, in_epoch
