"""Accounts and tokens: one person one account, a token shown once, and a refusal that keeps no secret."""

import json

import pytest
from sqlmodel import col, select

from node.flows.keep_officers import TOKEN_LIFETIME, AccountRefused, KeepOfficers
from node.keys import Keys
from node.officers import NotAuthenticated, Role
from node.store.database import Database
from node.store.tables import Intake, Officer, RepeatedAct
from protocol.journal import Act
from tests.node.conftest import Clock
from tests.node.on_record import payload_of


@pytest.fixture
def officers(database: Database, keys: Keys) -> KeepOfficers:
    made = KeepOfficers(database, keys)
    made.create("carmen", "Carmen (invented)", "STAFF-7", [Role.ANALYST, Role.INVESTIGATOR])
    return made


def refusal(error: pytest.ExceptionInfo[AccountRefused]) -> str:
    return error.value.code


@pytest.mark.parametrize("staff_number", ["STAFF-7", "staff-7", " STAFF -7 "])
def test_one_staff_number_has_one_account_however_it_is_written(officers: KeepOfficers, staff_number: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        officers.create("second", "The same person (invented)", staff_number, [Role.ANALYST])
    assert refusal(refused) == "staff_number_taken"


@pytest.mark.parametrize("staff_number", ["", "   ", "12", "\u200b\u200b\u200b", "-/."])
def test_a_staff_number_that_is_none_makes_no_account(officers: KeepOfficers, staff_number: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        officers.create("second", "Somebody (invented)", staff_number, [Role.ANALYST])
    assert refusal(refused) == "staff_number_missing"


@pytest.mark.parametrize("name", ["", " \t", "Xy", "..."])
def test_an_account_bears_a_name(officers: KeepOfficers, name: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        officers.create("second", name, "STAFF-8", [Role.ANALYST])
    assert refusal(refused) == "name_missing"


@pytest.mark.parametrize("username", ["", " ", "ab", "...", "car men", " carmen2", "carmen2\n"])
def test_an_account_bears_a_username_without_blanks(officers: KeepOfficers, username: str) -> None:
    with pytest.raises(AccountRefused) as refused:
        officers.create(username, "Somebody (invented)", "STAFF-8", [Role.ANALYST])
    assert refusal(refused) == "username_missing"


def test_a_username_is_given_once_and_an_account_has_a_role(officers: KeepOfficers) -> None:
    with pytest.raises(AccountRefused) as taken:
        officers.create("carmen", "Another (invented)", "STAFF-8", [Role.ANALYST])
    with pytest.raises(AccountRefused) as without:
        officers.create("diego", "Diego (invented)", "STAFF-8", [])
    assert (refusal(taken), refusal(without)) == ("username_taken", "no_role")


def test_a_token_signs_in_for_a_working_day_and_no_longer(officers: KeepOfficers, clock: Clock) -> None:
    token = officers.issue_token("carmen")
    assert officers.sign_in(token).roles == {Role.ANALYST, Role.INVESTIGATOR}
    clock.now += TOKEN_LIFETIME - 1
    assert officers.sign_in(token).username == "carmen"
    clock.now += 1
    with pytest.raises(NotAuthenticated):
        officers.sign_in(token)


def test_a_token_carries_no_more_than_its_officer_holds(officers: KeepOfficers) -> None:
    assert officers.sign_in(officers.issue_token("carmen", [Role.ANALYST])).roles == {Role.ANALYST}
    with pytest.raises(AccountRefused) as refused:
        officers.issue_token("carmen", [Role.ADMINISTRATOR])
    assert refusal(refused) == "scope_not_held"
    with pytest.raises(AccountRefused) as unknown:
        officers.issue_token("nobody")
    assert refusal(unknown) == "unknown_officer"


def test_an_officer_who_left_gets_no_token(officers: KeepOfficers, database: Database) -> None:
    with database.begin() as work:
        officer = work.session.exec(select(Officer).where(Officer.username == "carmen")).one()
        officer.active = False
        work.session.add(officer)
    with pytest.raises(AccountRefused):
        officers.issue_token("carmen")


def test_neither_token_nor_staff_number_lies_in_the_store_and_a_refused_sign_in_is_on_record(
    officers: KeepOfficers, database: Database, raw_bytes: object
) -> None:
    assert callable(raw_bytes)
    token = officers.issue_token("carmen")
    with pytest.raises(NotAuthenticated):
        officers.sign_in(token + "x")
    assert token.encode() not in raw_bytes()
    assert b"STAFF-7" not in raw_bytes()
    with database.read() as work:
        acts = [row.kind for row in work.session.exec(select(Intake)).all()]
    assert acts == [Act.OFFICER_CREATED, Act.TOKEN_CREATED, Act.LOGIN_REFUSED]


def refused(database: Database) -> list[tuple[str | None, int]]:
    """Whose sign-ins were refused, and the count, entry by entry."""
    with database.read() as work:
        rows = work.session.exec(select(Intake).where(Intake.kind == Act.LOGIN_REFUSED.value).order_by(col(Intake.id))).all()
        return [(row.officer_id, json.loads(payload_of(work, row))["count"]) for row in rows]


def test_wrong_tokens_without_end_leave_few_entries_that_count_them(
    officers: KeepOfficers, database: Database, clock: Clock
) -> None:
    for number in range(40):
        with pytest.raises(NotAuthenticated):
            officers.sign_in(f"celosia_invented_{number}")
    assert refused(database) == [(None, count) for count in (1, 2, 4, 8, 16, 32)]
    with database.begin() as work:
        (row,) = work.session.exec(select(RepeatedAct)).all()
        row.count = 8191  # as after so many
        work.session.add(row)
    for _ in range(5):
        with pytest.raises(NotAuthenticated):
            officers.sign_in("celosia_invented")
    assert refused(database)[6:] == [(None, 8192)]
    clock.now += 3600
    with pytest.raises(NotAuthenticated):
        officers.sign_in("celosia_invented")
    assert refused(database)[7:] == [(None, 1)]


def test_whose_token_is_not_valid_any_more_is_counted_apart_from_strangers(
    officers: KeepOfficers, database: Database, clock: Clock
) -> None:
    token = officers.issue_token("carmen", lifetime=60)
    carmen = officers.sign_in(token).id
    clock.now += 60
    for tried in ("celosia_invented", token, "celosia_invented", token, token):
        with pytest.raises(NotAuthenticated):
            officers.sign_in(tried)
    assert refused(database) == [(None, 1), (carmen, 1), (None, 2), (carmen, 2)]
