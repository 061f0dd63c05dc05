"""Whoever goes on by hand finds somebody in every role."""

from collections import Counter

from deploy.demo.officers import ACCOUNTS
from node.officers import Role


def test_each_role_has_an_account_and_what_takes_two_people_has_two() -> None:
    held = Counter(role for *_, roles in ACCOUNTS for role in roles)
    assert held.keys() == set(Role)
    assert min(held[Role.ANALYST], held[Role.PROTECTION]) == 2
    usernames, _, staff_numbers, _ = zip(*ACCOUNTS, strict=True)
    assert len({*usernames}) == len({*staff_numbers}) == len(ACCOUNTS)
