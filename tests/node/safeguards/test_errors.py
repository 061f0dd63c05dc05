"""The safeguards' errors: each with a code, a reason and facts that may be printed."""

import pytest

from node.safeguards import errors


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Stopped, "stopped"),
        (errors.NotNecessary, "not_necessary"),
        (errors.NotFourEyes, "not_four_eyes"),
        (errors.NotMinimal, "not_minimal"),
        (errors.NotInAudience, "not_in_audience"),
        (errors.OverBudget, "over_budget"),
        (errors.OfficerLocked, "officer_locked"),
    ],
)
def test_every_stop_is_a_stop_with_its_own_code(error: type[errors.Stopped], code: str) -> None:
    told = error("a_reason", left=3)
    assert isinstance(told, errors.Stopped)
    assert (told.code, told.reason, told.facts) == (code, "a_reason", {"left": 3})
    assert str(told) == f"{code}: a_reason"
