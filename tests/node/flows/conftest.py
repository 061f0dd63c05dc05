"""An index of Colombia's own for the flows: its lists with real epoch keys, its files, and a clock that only tests move."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from crypto.oprf import ServerKey
from node.federation import Federation
from node.flows import prepare_entries, turn_epochs
from node.flows.keep_index import KeepIndex
from node.flows.list_segments import ListSegments
from node.flows.look_up import look_up
from node.flows.prepare_entries import PrepareEntries
from node.flows.turn_epochs import TurnEpochs
from node.keys import Keys
from node.settings import Beats, Epochs
from node.store import list_epochs, manifests
from node.store.database import Database, Work
from node.store.index_files import IndexFiles
from node.store.tables import CaseIdentifier, IndexItem, IndexList, ListEpoch
from protocol.directory import ENTROPY_CLASSES, EpochKey
from protocol.index.manifest import Manifest
from tests.node.conftest import Clock, directory_with, phone
from tests.node.flows.two_logs import TwoLogs, two_logs
from tests.node.people import Named
from tests.protocol.federation import CO, DAY, list_entry, list_id, seeded, working_entry

LIST, NAMES = list_id(CO), list_id(CO, "name_keys")
RECORD = "7e" * 16


@dataclass(frozen=True)
class Index:
    """The index under test, and what a peer sees of it."""

    story: KeepIndex
    database: Database
    keys: Keys
    files: IndexFiles
    clock: Clock
    member: Federation

    def server(self, epoch: int = 1) -> ServerKey:
        """The list's key in an epoch: what turns an input into its output."""
        return self.keys.epoch_key(CO, LIST, epoch)

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
            kind="phone",
            version=phone(number).version,
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

    @staticmethod
    def of_subject(work: Work, subject: str) -> list[CaseIdentifier]:
        """What the case data knows of a subject."""
        return list(work.session.exec(select(CaseIdentifier).where(CaseIdentifier.subject == subject)).all())

    def beat(self, seconds: int = 3600) -> Manifest:
        """Time passes, the beat runs; what peers are then served."""
        self.clock.now += seconds
        self.story.beat()
        return self.newest()

    def newest(self, epoch: int = 1, list_: str = LIST) -> Manifest:
        """The newest manifest of the list in an epoch."""
        with self.database.read() as work:
            held = manifests.newest(work, CO, list_, epoch)
            assert held is not None
            return manifests.content(held)

    def found(self, number: str, epoch: int = 1) -> list[str]:
        """The records that somebody who may evaluate `number` finds."""
        output = self.server(epoch).evaluate_input(phone(number).oprf_input())
        return [hit.label.record for hit in look_up(self.files, self.newest(epoch), [output])]

    def open_names(self) -> None:
        """A list of people for all members, with its first epoch."""
        self.keys.new_epoch(CO, NAMES, 1, os.urandom)
        with self.database.begin() as work:
            work.session.add(IndexList(id=NAMES, audience="all", entropy="name_keys"))
            work.session.flush()
            begins, ends = self.clock.now - DAY, self.clock.now + 90 * DAY
            work.session.add(ListEpoch(list_id=NAMES, epoch=1, not_before=begins, not_after=ends))
        adopt_epochs(self.database, self.keys, self.member)

    def people(self, named: Named, epoch: int = 1) -> dict[tuple[str, bytes], int]:
        """Whom somebody finds who may evaluate the keys of `named`: by record and handle, how many keys agree."""
        server = self.keys.epoch_key(CO, NAMES, epoch)
        found = look_up(self.files, self.newest(epoch, NAMES), [server.evaluate_input(value) for value in named.inputs])
        each_once = {(hit.label.record, hit.label.handle, hit.index) for hit in found}
        return dict(Counter((record, handle) for record, handle, _ in each_once))


@pytest.fixture
def make_index(database: Database, keys: Keys, member: Federation, clock: Clock, tmp_path: Path) -> Callable[[Beats], Index]:
    keys.new_epoch(CO, LIST, 1, os.urandom)
    with database.begin() as work:
        work.session.add(ListEpoch(list_id=LIST, epoch=1, not_before=clock.now - DAY, not_after=clock.now + 90 * DAY))
    adopt_epochs(database, keys, member)

    def make(beats: Beats) -> Index:
        files = IndexFiles(tmp_path / "index")
        segments = ListSegments(keys, files, beats)
        prepare = PrepareEntries(database, keys, segments)
        return Index(KeepIndex(database, keys, member, files, beats, segments, prepare), database, keys, files, clock, member)

    return make


def adopt_epochs(database: Database, keys: Keys, member: Federation) -> None:
    """The directory lists every epoch of ours that has a seed, as if both officers had signed and all had adopted."""
    lists = []
    with database.read() as work:
        for held in work.session.exec(select(IndexList)).all():
            epochs = tuple(
                EpochKey(
                    epoch=each.epoch,
                    key=bytes(keys.epoch_key(CO, held.id, each.epoch).public),
                    not_before=each.not_before,
                    not_after=each.not_after,
                )
                for each in list_epochs.every(work, held.id)
                if keys.has_epoch(held.id, each.epoch)
            )
            entry = list_entry(CO, ENTROPY_CLASSES[held.entropy])
            lists.append(entry.model_copy(update={"list": held.id, "epochs": epochs}))
    signing = directory_with(keys).member(CO).working.signing
    member.adopt(directory_with(keys, CO=working_entry(CO, signing=signing, lists=tuple(lists))))


@pytest.fixture
def index(make_index: Callable[[Beats], Index]) -> Index:
    """Additions and removals hourly."""
    return make_index(Beats(additions=3600, removals=3600, manifest_validity=7200))


SMALL = 5
"""Entries a slice, so that a few make several."""


@pytest.fixture
def turn(index: Index, monkeypatch: pytest.MonkeyPatch) -> TurnEpochs:
    monkeypatch.setattr(turn_epochs, "SLICE", SMALL)
    monkeypatch.setattr(prepare_entries, "SLICE", SMALL)
    return TurnEpochs(index.database, index.keys, index.member, index.story.prepare, Epochs(), seeded("epochs"))


@pytest.fixture
def logs(tmp_path: Path, database: Database, keys: Keys, member: Federation, clock: Clock) -> Iterator[TwoLogs]:
    """Our log and Peru's, opened, with nothing said yet."""
    made = two_logs(tmp_path, database, keys, member, clock)
    yield made
    made.story.peer_workers.executor.shutdown()
    made.peru.database.close()
