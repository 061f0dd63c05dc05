"""The share of innocent people whom the register stops stays below its bound. All of them are invented."""

import pytest

from node.safeguards.protected import standing
from protocol.names import Fact
from tests.bench import protected


def test_of_a_small_register_nobody_innocent_is_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    assert protected.main(register=3_000, questions=3_000, recognised=300) == 0
    told = capsys.readouterr().out
    assert "| spanish | protected, as entered | 300 | 100.000% |" in told  # and there was something to find


def test_the_bench_finds_a_register_that_stops_namesakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "STOP", -9.0)
    monkeypatch.setattr(standing, "_is_of_all_parts", lambda facts: Fact.GIVEN_NAME in facts)
    assert protected.main(register=4_000, questions=4_000, recognised=100) == 1


@pytest.mark.deep
@pytest.mark.timeout(1200)
def test_of_a_hundred_thousand_under_protection_fewer_than_one_innocent_in_ten_thousand_is_stopped() -> None:
    assert protected.main() == 0
