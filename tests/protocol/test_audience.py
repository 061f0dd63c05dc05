"""An audience is all members or a named set, stored in one spelling."""

import pytest

from protocol.audience import ALL, includes, name_of
from protocol.authority import Authority
from tests.protocol.federation import BR, CO, PE


def test_all_members_are_everybody() -> None:
    assert name_of(None) == ALL
    assert includes(ALL, Authority("UY"))


@pytest.mark.parametrize("named", [(CO, PE), (PE, CO), (PE, CO, PE)])
def test_a_named_set_has_one_spelling_in_whatever_order_it_is_named(named: tuple[Authority, ...]) -> None:
    assert name_of(named) == "CO PE"


def test_a_named_set_is_its_members_and_nobody_else() -> None:
    assert includes(name_of([CO, PE]), CO)
    assert includes(name_of([CO, PE]), PE)
    assert not includes(name_of([CO, PE]), BR)
    assert not includes(name_of([]), CO)
