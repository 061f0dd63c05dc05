"""Acts: each has one name, which the schema has room for, and enters the intake under it."""

import pytest
from sqlmodel import select

from node.store.acts import Act
from node.store.database import Work
from node.store.tables import Intake


def test_no_two_acts_share_a_name_and_none_is_longer_than_its_column() -> None:
    assert len({act.value for act in Act}) == len(Act)
    assert all(act.value == act.name.lower() and len(act.value) <= 40 for act in Act)


@pytest.mark.parametrize("act", Act)
def test_every_act_can_be_put_on_record(work: Work, act: Act) -> None:
    work.record(act)
    assert work.session.exec(select(Intake.kind)).one() == act.value
