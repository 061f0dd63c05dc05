"""The long form: what a chunk ended with is a find, or it was cut off and is played again."""

import pytest

from tests.proof.prove import is_find


@pytest.mark.parametrize(
    ("error", "find"),
    [
        (AssertionError("somebody"), True),
        (ExceptionGroup("two failures", [OSError(), AssertionError("somebody")]), True),
        (ExceptionGroup("two failures", [ExceptionGroup("one", [AssertionError("somebody")])]), True),
        (OSError(), False),
        (ExceptionGroup("two failures", [OSError(), TimeoutError()]), False),
    ],
)
def test_whoever_was_found_is_told_from_a_machine_that_had_no_time(error: Exception, find: bool) -> None:
    assert is_find(error) is find
