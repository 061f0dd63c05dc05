"""Who is behind a token: nobody once it has expired, was revoked, or its officer is gone; and no more than its scopes."""

from collections.abc import Callable

import pytest
from sqlmodel import col, select

from node.officers import Role
from node.store.tables import Intake, Officer, OfficerToken
from protocol.journal import Act
from tests.node.inbound.conftest import Founded


@pytest.fixture
def change(founded: Founded) -> Callable[[str, Callable[[OfficerToken, Officer], None]], None]:
    """Change what is stored of an officer's token and account."""

    def apply(username: str, how: Callable[[OfficerToken, Officer], None]) -> None:
        with founded.node.database.begin() as work:
            officer = work.session.exec(select(Officer).where(Officer.username == username)).one()
            for token in work.session.exec(select(OfficerToken).where(OfficerToken.officer_id == officer.id)).all():
                how(token, officer)
                work.session.add_all((token, officer))

    return apply


@pytest.mark.parametrize(
    ("how", "username"),
    [
        (lambda token, _: setattr(token, "expires", token.created), "expired"),
        (lambda token, _: setattr(token, "revoked", True), "revoked"),
        (lambda _, officer: setattr(officer, "active", False), "gone"),
    ],
)
def test_a_token_that_expired_or_was_revoked_or_whose_officer_left_opens_nothing(
    founded: Founded,
    change: Callable[[str, Callable[[OfficerToken, Officer], None]], None],
    how: Callable[[OfficerToken, Officer], None],
    username: str,
) -> None:
    founded.node.officers.create(username, "Invented", f"STAFF-{username}", [Role.ANALYST])
    client = founded.client(founded.node.officers.issue_token(username))
    assert client.get("/v1/me").status_code == 200
    change(username, how)
    refused = client.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "not_authenticated")
    assert refused.headers["WWW-Authenticate"] == 'Bearer realm="celosia"'
    with founded.node.database.read() as work:
        last = work.session.exec(select(Intake).order_by(col(Intake.id).desc())).first()
    assert last is not None
    assert last.kind == Act.LOGIN_REFUSED
    assert last.officer_id is not None


def test_a_token_for_some_of_an_officer_s_roles_opens_no_others(founded: Founded) -> None:
    founded.node.officers.create("two-roles", "Invented", "STAFF-TWO", [Role.ANALYST, Role.INVESTIGATOR])
    client = founded.client(founded.node.officers.issue_token("two-roles", [Role.INVESTIGATOR]))
    assert client.get("/v1/me").json()["roles"] == ["investigator"]
    assert client.get("/v1/questions").status_code == 200
    assert client.get("/v1/networks").json()["code"] == "role_missing"


def test_a_role_taken_from_an_officer_is_taken_from_the_tokens_that_were_issued_before(
    founded: Founded, change: Callable[[str, Callable[[OfficerToken, Officer], None]], None]
) -> None:
    founded.node.officers.create("demoted", "Invented", "STAFF-DEMOTED", [Role.ADMINISTRATOR, Role.AUDITOR])
    client = founded.client(founded.node.officers.issue_token("demoted"))
    change("demoted", lambda _, officer: setattr(officer, "roles", "auditor"))
    refused = client.post("/v1/peers/PE/denial")
    assert (refused.json()["code"], refused.json()["facts"]) == ("role_missing", {"role": "administrator"})


@pytest.mark.parametrize("header", ["Basic Zm86YmFy", "Bearer", "bearer  ", "celosia_x", ""])
def test_another_way_to_sign_in_is_none(founded: Founded, header: str) -> None:
    assert founded.client().get("/v1/me", headers={"Authorization": header}).status_code == 401
