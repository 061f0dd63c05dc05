"""What was given on the command line, read once."""

from pathlib import Path

import pytest
from hypothesis import given as given_any
from hypothesis import strategies as st

from node.cli import given
from node.cli.session import UsageProblem
from protocol.authority import MEMBER_STATES, Authority


@given_any(st.lists(st.sampled_from(sorted(MEMBER_STATES)), min_size=1), st.booleans())
def test_authorities_are_read_in_any_case_and_spacing(codes: list[str], lower: bool) -> None:
    text = " , ".join(codes)
    assert given.authorities(text.lower() if lower else text, "--to") == list(dict.fromkeys(Authority(code) for code in codes))


@pytest.mark.parametrize("text", ["", "ES", "PE,", "Peru", "PE;BR"])
def test_what_names_no_member_state_is_refused_with_the_option(text: str) -> None:
    with pytest.raises(UsageProblem) as refused:
        given.authorities(text, "--to")
    assert refused.value.facts == {"option": "--to"}


def test_a_file_is_read_without_its_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xef\xbb\xbfkind")
    assert given.text(tmp_path / "file") == "kind"
    assert given.content(tmp_path / "file") == b"\xef\xbb\xbfkind"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageProblem):
        given.content(tmp_path)
