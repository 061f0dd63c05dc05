"""The doctor next to a running federation: nothing above a note while all is well, and what it says when a peer goes."""

import time
from pathlib import Path

import pytest

from node.doctor import examine
from node.doctor.chart import Chart
from node.doctor.findings import Examined, Severity
from tests.federation.running import BR, CO, PE, Federation, RunningNode, running_federation
from tests.node.doctor.conftest import QUICK_BEATS
from tests.serving import wait_until

WELL = {"sound", "key_to_put_away", "no_officers"}
"""All that is said of a node that was made just now and reached everybody."""

pytestmark = pytest.mark.federation


def look(node: RunningNode) -> list[Examined]:
    chart = Chart(node.folder, int(time.time()))
    try:
        return examine(chart)
    finally:
        chart.close()


def codes(node: RunningNode) -> set[str]:
    return {each.finding.code for each in look(node)}


def above_a_note(federation: Federation) -> set[tuple[str, str]]:
    return {
        (authority, each.finding.code)
        for authority, node in federation.nodes.items()
        for each in look(node)
        if each.finding.severity.rank > Severity.NOTE.rank
    }


def test_three_healthy_nodes_have_nothing_above_a_note_and_a_peer_that_goes_is_named(tmp_path: Path) -> None:
    with running_federation(tmp_path, QUICK_BEATS) as federation:
        wait_until(lambda: all(codes(federation[code]) == WELL for code in (CO, PE, BR)), "three healthy nodes", 60)
        assert above_a_note(federation) == set()
        federation[BR].stop()
        wait_until(lambda: "peer_silent" in codes(federation[CO]), "the silence", 60)
        (silent,) = [each.finding for each in look(federation[CO]) if each.finding.code == "peer_silent"]
        assert silent.facts["peer"] == BR
        assert above_a_note(federation) == {(BR, "node_down")}
