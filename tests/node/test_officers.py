"""Officers in their roles: a function that asks for an analyst can only be given one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.officers import (
    Administrator,
    AlertWatcher,
    Analyst,
    Auditor,
    Guard,
    Investigator,
    Liaison,
    NotAuthenticated,
    Overseer,
    ProtectionLiaison,
    Role,
    RoleMissing,
    SignedIn,
)

GUARDS: dict[Role, type[Guard]] = {
    Role.INVESTIGATOR: Investigator,
    Role.ANALYST: Analyst,
    Role.LIAISON: Liaison,
    Role.PROTECTION: ProtectionLiaison,
    Role.ADMINISTRATOR: Administrator,
    Role.AUDITOR: Auditor,
}


def test_every_role_has_its_guard() -> None:
    assert set(GUARDS) == set(Role)
    assert all(guard.role is role for role, guard in GUARDS.items())


@given(st.frozensets(st.sampled_from(Role)), st.sampled_from(Role))
def test_an_officer_passes_a_guard_exactly_with_its_role(held: frozenset[Role], wanted: Role) -> None:
    officer = SignedIn("id", "invented", held)
    if wanted in held:
        passed = GUARDS[wanted].of(officer)
        assert type(passed) is GUARDS[wanted]
        assert (passed.id, passed.username, passed.roles) == ("id", "invented", held)
    else:
        with pytest.raises(RoleMissing) as caught:
            GUARDS[wanted].of(officer)
        assert caught.value.role is wanted
        assert str(caught.value) == f"the role {wanted} is needed"


@pytest.mark.parametrize("role", Role)
def test_a_guard_cannot_be_made_by_hand_around_the_check(role: Role) -> None:
    others = frozenset(Role) - {role}
    with pytest.raises(RoleMissing):
        GUARDS[role]("id", "invented", others)
    assert SignedIn("id", "invented", others).roles == others


def test_an_officer_in_one_role_is_not_one_in_another() -> None:
    both = SignedIn("id", "invented", frozenset({Role.ANALYST, Role.LIAISON}))
    assert not isinstance(Analyst.of(both), Liaison)
    assert not isinstance(Liaison.of(both), Analyst)


@pytest.mark.parametrize(
    ("guard", "roles"),
    [(AlertWatcher, {Role.LIAISON, Role.PROTECTION, Role.ADMINISTRATOR}), (Overseer, {Role.LIAISON, Role.AUDITOR})],
)
@given(held=st.frozensets(st.sampled_from(Role)))
def test_where_several_roles_do_any_of_them_passes_and_the_first_is_named_to_everybody_else(
    guard: type[Guard], roles: set[Role], held: frozenset[Role]
) -> None:
    officer = SignedIn("id", "invented", held)
    if held & roles:
        assert guard.of(officer).roles == held
    else:
        with pytest.raises(RoleMissing) as caught:
            guard.of(officer)
        assert caught.value.role is Role.LIAISON


def test_the_errors_have_stable_codes() -> None:
    assert (NotAuthenticated.code, RoleMissing.code) == ("not_authenticated", "role_missing")
