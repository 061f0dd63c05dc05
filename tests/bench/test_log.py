"""What the log costs does not run away from its size; to a million entries, `make prove` looks."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.log import Size, measure, too_fast


def test_ten_times_the_entries_cost_about_ten_times_the_time_and_a_proof_about_the_same(tmp_path: Path) -> None:
    sizes = [measure(tmp_path / str(count), count, 40) for count in (10_000, 100_000)]
    assert too_fast(sizes) == [], sizes


@pytest.mark.parametrize(
    ("append", "prove", "found"),
    [
        pytest.param(10, 1.5, [], id="as it should"),
        pytest.param(100, 1.5, [100_000], id="every entry costs as much as there are before it"),
        pytest.param(10, 3.2, [100_000], id="a proof grows with the root of the size"),
        pytest.param(10, 10, [100_000], id="a proof reads the whole log"),
    ],
)
def test_what_grows_faster_is_noticed(append: float, prove: float, found: list[int]) -> None:
    small = Size(entries=10_000, append=0.05, bare=0.01, octets=230, prove=0.001, check=2e-5, path=14e-6)
    large = replace(small, entries=100_000, append=append * 0.05, bare=0.1, prove=prove * 0.001, path=17e-6)
    assert too_fast([small, large]) == found
