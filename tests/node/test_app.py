"""The wiring: a node from its folder, its parts given back, and nothing done before there is a directory."""

from pathlib import Path

import pytest

from deploy.demo.ceremony import Ports, found_federation
from deploy.demo.states import STATES
from node.app import Node, now
from node.custody import KeysUnusable
from node.settings import SettingsError
from node.store import manifests
from protocol.authority import Authority
from protocol.errors import DirectoryTooOld

CO = Authority("CO")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("founded")
    ports = dict.fromkeys((state.authority for state in STATES), 1)
    found_federation(made, STATES, Ports(directory=1, peer=ports, national=ports), "")
    return made / CO


def test_a_node_is_made_from_its_folder_again_and_again(folder: Path) -> None:
    for _ in range(2):
        node = Node(folder)
        assert node.federation.me == CO
        assert not node.serving
        node.close()


def test_a_node_tells_the_time_by_the_clock_that_it_is_given(folder: Path) -> None:
    node = Node(folder, clock=lambda: 1_800_000_000)
    with node.database.read() as work:
        assert work.now() == 1_800_000_000
    node.close()
    assert now() > 1_700_000_000


def test_before_the_first_directory_no_beat_does_anything(folder: Path) -> None:
    node = Node(folder)
    with pytest.raises(DirectoryTooOld):
        node.federation.peers()
    for beat in node.beats[1:]:
        beat.work()
    with node.database.read() as work:
        assert manifests.chains(work) == []
    node.close()


def test_a_folder_without_settings_or_with_keys_that_others_can_read_makes_no_node(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        Node(tmp_path)
    key = folder / "keys" / "signing.key"
    key.chmod(0o644)
    try:
        with pytest.raises(KeysUnusable):
            Node(folder)
    finally:
        key.chmod(0o600)
