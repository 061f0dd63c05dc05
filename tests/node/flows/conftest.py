"""An index of Colombia's own for the flows: its lists with real epoch keys, its files, and a clock that only tests move."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.oprf import ServerKey
from node.federation import Federation
from node.flows.keep_index import KeepIndex
from node.flows.look_up import look_up
from node.keys import Keys
from node.settings import Beats
from node.store import manifests
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.tables import IndexItem, ListEpoch
from protocol.index.manifest import Manifest
from tests.node.conftest import Clock, phone
from tests.protocol.federation import CO, DAY, list_id

LIST = list_id(CO)
RECORD = "7e" * 16


@dataclass(frozen=True)
class Index:
    """The index under test, and what a peer sees of it."""

    story: KeepIndex
    database: Database
    keys: Keys
    files: IndexFiles
    clock: Clock

    @property
    def server(self) -> ServerKey:
        """The list's key: what turns an input into its output."""
        return self.keys.epoch_key(CO, LIST, 1)

    def list_numbers(self, *numbers: str, record: str = RECORD, j: int = 0) -> None:
        """Entries that wait for the next beat."""
        with self.database.begin() as work:
            for number in numbers:
                self._add(work, number, record, j)

    def _add(self, work: Work, number: str, record: str, j: int) -> None:
        value = phone(number).oprf_input()
        item = IndexItem(
            list_id=LIST,
            epoch=1,
            identifier=self.keys.digest("identifier", value),
            subject=2 * record,
            record_id=record,
            j=j,
            handle=bytes(16),
            input_sealed=work.seal_at_rest(value, "case_identifiers"),
            state="waiting",
        )
        work.session.add(item)
        work.session.flush()

    def take_back(self, *numbers: str, record: str = RECORD) -> None:
        """Entries that leave with the next beat."""
        digests = {self.keys.digest("identifier", phone(number).oprf_input()) for number in numbers}
        with self.database.begin() as work:
            for item in self.items(work):
                if item.identifier in digests and item.record_id == record:
                    item.state = "leaving"
                    work.session.add(item)

    @staticmethod
    def items(work: Work) -> list[IndexItem]:
        """All rows."""
        return list(work.session.exec(select(IndexItem)).all())

    def beat(self, seconds: int = 3600) -> Manifest:
        """Time passes, the beat runs; what peers are then served."""
        self.clock.now += seconds
        self.story.beat()
        return self.newest()

    def newest(self) -> Manifest:
        """The newest manifest of the list."""
        with self.database.read() as work:
            held = manifests.newest(work, CO, LIST, 1)
            assert held is not None
            return manifests.content(held)

    def found(self, number: str) -> list[str]:
        """The records that somebody who may evaluate `number` finds."""
        output = self.server.evaluate_input(phone(number).oprf_input())
        return [hit.label.record for hit in look_up(self.files, self.newest(), [output])]


@pytest.fixture
def make_index(database: Database, keys: Keys, member: Federation, clock: Clock, tmp_path: Path) -> Callable[[Beats], Index]:
    keys.new_epoch(CO, LIST, 1, os.urandom)
    with database.begin() as work:
        work.session.add(ListEpoch(list_id=LIST, epoch=1, not_before=clock.now - DAY, not_after=clock.now + 90 * DAY))

    def make(beats: Beats) -> Index:
        files = IndexFiles(tmp_path / "index")
        return Index(KeepIndex(database, keys, member, files, beats), database, keys, files, clock)

    return make


@pytest.fixture
def index(make_index: Callable[[Beats], Index]) -> Index:
    """Additions and removals hourly."""
    return make_index(Beats(additions=3600, removals=3600, manifest_validity=7200))
