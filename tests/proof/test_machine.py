"""Whatever officers, administrators and the clock do, in any order: nobody protected leaves. `prove.py` has the long form."""

from tests.proof.machine import Template, prove

SEQUENCES = 6


def test_nobody_who_is_protected_leaves(template: Template) -> None:
    played, searched = prove(template, sequences=SEQUENCES, first=1)
    assert played >= SEQUENCES
    assert searched > 1_000_000
