"""A problem of a row is a place and a code."""

from node.case_files import Problem, RowReason
from protocol.identifiers import Kind, Reason


def test_a_code_is_one_word_or_two() -> None:
    plain = Problem("casos.csv", 3, "RED", RowReason.MISSING_NETWORK, row_imported=False)
    assert plain.code == "missing_network"
    phone = Problem("casos.csv", 3, "TEL", RowReason.NOT_NORMALISABLE, row_imported=True, detail=Reason.WRONG_LENGTH)
    assert phone.code == "not_normalisable:wrong_length"


def test_candidates_go_with_an_ambiguous_kind() -> None:
    kinds = (Kind.PHONE, Kind.NATIONAL_ID)
    assert Problem("f", 2, "kind", RowReason.AMBIGUOUS_KIND, row_imported=False, kinds=kinds).kinds == kinds
