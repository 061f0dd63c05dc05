"""A wrong clock, seen by those who told their time: peers, the directory's server, the node itself."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.doctor.clock import against_peers
from node.doctor.findings import Severity, Span
from node.store.tables import HeardPeer
from tests.federation.running import BR, PE
from tests.node.doctor.conftest import Patient
from tests.node.doctor.test_certificates import Well, directory_server

TOLERANCE = 60


def heard(*differences: int) -> list[HeardPeer]:
    states = ("AR", "BO", "CL", "EC", "PY", "UY")
    return [HeardPeer(authority=s, heard=0, clock_difference=d) for s, d in zip(states, differences, strict=False)]


def codes(*differences: int) -> list[str]:
    return [found.code for found in against_peers(heard(*differences), TOLERANCE)]


def test_when_most_peers_differ_alike_this_clock_is_the_wrong_one() -> None:
    assert codes(300, 310, 0) == ["clock_slow"]
    assert codes(-300, -310, -295) == ["clock_fast"]


def test_when_one_peer_differs_it_is_that_peers() -> None:
    assert codes(300, 0, 0) == ["peer_clock_fast"]
    assert codes(0, 1, -300) == ["peer_clock_slow"]


def test_one_peer_alone_proves_nothing_of_ours() -> None:
    assert codes(300) == ["peer_clock_fast"]


def test_a_peer_that_lies_does_not_put_this_clock_in_the_wrong() -> None:
    assert codes(10**9, 0, 1) == ["peer_clock_fast"]


@given(st.lists(st.integers(-TOLERANCE // 2, TOLERANCE // 2), max_size=6))
def test_clocks_within_half_the_tolerance_are_not_spoken_of(differences: list[int]) -> None:
    assert codes(*differences) == []


def test_a_clock_that_both_peers_see_slow_is_critical_past_the_tolerance(patient: Patient) -> None:
    patient.sql("UPDATE heard_peers SET clock_difference = 45")
    assert patient.severity("clock_slow") is Severity.WARNING
    patient.sql("UPDATE heard_peers SET clock_difference = 4000")
    assert patient.codes() == {"clock_slow"}
    assert patient.severity("clock_slow") is Severity.CRITICAL
    assert patient.facts("clock_slow") == {"difference": Span(4000), "peers": 2}


def test_a_peers_clock_is_told_with_its_name(patient: Patient) -> None:
    patient.sql("UPDATE heard_peers SET clock_difference = -500 WHERE authority = 'BR'")
    assert patient.codes() == {"peer_clock_slow"}
    assert patient.facts("peer_clock_slow")["peer"] == BR != PE


def test_a_clock_that_went_back_behind_the_last_act_on_record_is_critical(patient: Patient) -> None:
    patient.now -= 2000
    patient.sql("DELETE FROM heard_peers")
    assert "clock_went_back" in patient.codes()
    assert patient.severity("clock_went_back") is Severity.CRITICAL


class DirectoryServer(Well):
    """The directory's server, by a clock of its own."""

    ahead = 0

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The time that it tells, here and in every answer."""
        return super().date_time_string(time.time() + self.ahead)


@pytest.mark.parametrize(
    ("ahead", "found"), [(0, None), (40, Severity.WARNING), (-40, Severity.WARNING), (4000, Severity.CRITICAL)]
)
def test_the_directorys_server_tells_its_time_under_its_certificate(patient: Patient, ahead: int, found: Severity | None) -> None:
    patient.now = int(time.time())
    patient.sql("UPDATE index_lists SET last_removal = ?", patient.now)
    handler = type("Ahead", (DirectoryServer,), {"ahead": ahead})
    with directory_server(patient, handler):
        codes = {each.finding.code for each in patient.examined()}
        assert "directory_unreachable" not in codes
        assert ("clock_differs_from_directory" in codes) == (found is not None)
        if found is not None:
            assert patient.severity("clock_differs_from_directory") is found


class Timeless(Well):
    """A server that tells no time that could be read."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """No time."""
        return "yesterday"


def test_a_server_that_tells_no_time_breaks_nothing(patient: Patient) -> None:
    with directory_server(patient, Timeless):
        assert patient.codes() == set()
