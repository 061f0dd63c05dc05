"""What a peer sees of a list, beat by beat, and a judge who tries to tell one cause of a removal from another by it.

The judge is told which beat to look at, and has as many examples with their causes as it is tested on: more than any peer has. It
takes the one feature and threshold that part its examples best, and most widely. All numbers and people are invented.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import comb
from typing import Literal

from sqlmodel import col, select

from node.case_files.mapping import Mapping
from node.case_files.reading import read_rows
from node.flows.import_case import ImportCase
from node.flows.publish import Publish
from node.officers import Analyst, Role
from node.safeguards import protected
from node.store import manifests
from node.store.database import Work
from node.store.tables import HeldRecord, Job
from protocol.index.manifest import Manifest, SegmentRef
from protocol.index.segment import build_removals, is_removed
from protocol.limits import TAG_BYTES
from tests.federation.cases import Suspect, export
from tests.node.case_files.conftest import TODAY
from tests.node.conftest import ALICE, BEATRIZ, phone
from tests.node.flows.conftest import LIST, Index
from tests.protocol.federation import CO

FIRST, SECOND = (Analyst(each, name, frozenset({Role.ANALYST})) for each, name in ((ALICE, "alice"), (BEATRIZ, "beatriz")))
Cause = Literal["protection", "correction", "withdrawal", "nothing"]
HOUR = 3600
Features = dict[str, float]


@dataclass(frozen=True)
class View:
    """What a peer has of one beat: the manifest, the tags that stand by segment, and the messages since the beat before."""

    raw: bytes
    manifest: Manifest
    standing: dict[str, frozenset[bytes]]
    messages: dict[str, int]


@dataclass
class Network:
    """A published network with one suspect."""

    reference: str
    numbers: list[str]
    publication: str


@dataclass
class Play:
    """A list in the life of a node: networks are published, and then things happen to them, one a beat at most.

    `sizes`: how many numbers a network's suspect has, from and to.
    """

    index: Index
    chance: random.Random
    sizes: tuple[int, int] = (1, 3)
    networks: list[Network] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    causes: list[Cause] = field(default_factory=list)
    _told: int = 0
    _made: int = 0

    def publish(self, count: int) -> None:
        """So many networks are in the list."""
        for _ in range(count):
            numbers = [self._number() for _ in range(self.chance.randint(*self.sizes))]
            reference = f"NET-{self._made}"
            self._take_in(reference, Suspect(numbers))
            publish = Publish(self.index.database, self.index.keys, self.index.member)
            approved = publish.approve(SECOND, publish.propose(FIRST, reference, None).publication)
            self.networks.append(Network(reference, numbers, approved.publication))
        self._beat()

    def live(self, causes: Sequence[Cause], then: Callable[["Play", Cause], None] = lambda play, cause: None) -> None:
        """A beat for each cause; `then`: what a weakened copy does right after it."""
        for cause in causes:
            before = self.chance.randint(1, HOUR - 1)
            self.index.clock.now += before
            if cause != "nothing":
                self._happen(cause, self.networks.pop(self.chance.randrange(len(self.networks))))
            then(self, cause)
            self.index.clock.now += HOUR - before
            self._beat()
            self.causes.append(cause)

    def republish(self) -> None:
        """Some network is published anew."""
        network = self.chance.choice(self.networks)
        self._take_in(network.reference, Suspect(network.numbers), structure="individual")
        publish = Publish(self.index.database, self.index.keys, self.index.member)
        network.publication = publish.approve(SECOND, publish.propose(FIRST, network.reference, None).publication).publication

    def examples(self) -> Iterator[tuple[Cause, Features]]:
        """Each beat with its cause, and all that a peer can count in it, in the one before and the one after."""
        for at, cause in enumerate(self.causes):
            yield cause, features(self.views[at], self.views[at + 1])

    def _happen(self, cause: Cause, network: Network) -> None:
        if cause == "withdrawal":
            Publish(self.index.database, self.index.keys, self.index.member).withdraw(FIRST, network.publication)
        elif cause == "correction":
            self._take_in(network.reference, Suspect([self._number()]))
        elif self.chance.random() < 0.5:
            self._take_in(network.reference, Suspect(network.numbers, category="victim"))
        else:
            inputs = [phone(number).oprf_input() for number in network.numbers]
            those = protected.guarded(self.index.keys, inputs)
            with self.index.database.begin() as work:
                protected.protect(work, self.index.keys, those)

    def _take_in(self, reference: str, *suspects: Suspect, **changes: str) -> None:
        story = ImportCase(self.index.database, self.index.keys)
        upload = export(reference, *suspects, **changes)
        mapping = Mapping.from_json(upload[0][1][1])
        rows = read_rows(mapping, {name: raw for _, (name, raw) in upload[1:]}, TODAY)
        story.run(story.begin(FIRST, "0" * 64, 1), rows)

    def _number(self) -> str:
        self._made += 1
        return f"+57302{self._made:07}"

    def _beat(self) -> None:
        self.index.story.beat()
        with self.index.database.read() as work:
            held = manifests.newest(work, CO, LIST, 1)
            assert held is not None
            manifest = manifests.content(held)
            standing = {part.digest: self._standing(part) for part in manifest.segments}
            self.views.append(View(held.raw, manifest, standing, self._messages(work)))

    def _standing(self, part: SegmentRef) -> frozenset[bytes]:
        """The tags of a segment that no bitmap marks as removed."""
        bitmap = build_removals((), part.count) if part.removals is None else self.index.files.read(part.removals)
        with self.index.files.segment(part.digest) as segment:
            return frozenset(segment.entry(at)[:TAG_BYTES] for at in range(part.count) if not is_removed(bitmap, at))

    def _messages(self, work: Work) -> dict[str, int]:
        """Records that became due to a peer since the last look, by kind."""
        due = select(Job).where(Job.peer == "PE", col(Job.id) > self._told).order_by(col(Job.id))
        fresh = [(job.id or 0, job.subject, job.version) for job in work.session.exec(due).all()]
        self._told = max((number for number, _, _ in fresh), default=self._told)
        found: dict[str, int] = {}
        for _, subject, version in fresh:
            of_it = select(HeldRecord.kind).where(HeldRecord.record_id == subject, HeldRecord.version == version)
            kind = work.session.exec(of_it).one()
            found[kind] = found.get(kind, 0) + 1
        return found


def features(before: View, now: View) -> Features:
    """All that can be counted or measured of a beat, by name."""
    stands = frozenset().union(*now.standing.values())
    fresh: list[tuple[int, int, float]] = []
    for order, part in enumerate(before.manifest.segments):
        gone = before.standing[part.digest] - stands
        fresh += [(order, part.count, int.from_bytes(tag) / 2 ** (8 * TAG_BYTES)) for tag in gone]
    places = sorted(place for _, _, place in fresh)
    gaps = [after - place for place, after in pairwise(places)]
    known = {part.digest for part in before.manifest.segments}
    return {
        "removed": len(fresh),
        "removed from the first": sum(order == 0 for order, _, _ in fresh),
        "removed from the largest": sum(count == max(p.count for p in before.manifest.segments) for _, count, _ in fresh),
        "segments touched": len({order for order, _, _ in fresh}),
        "lowest": min(places, default=0),
        "highest": max(places, default=0),
        "mean": sum(places) / max(1, len(places)),
        "smallest gap": min(gaps, default=0),
        "largest gap": max(gaps, default=0),
        "segments": len(now.manifest.segments),
        "new segments": sum(part.digest not in known for part in now.manifest.segments),
        "entries": now.manifest.size,
        "entries that stand": len(stands),
        "bits": sum(part.count for part in now.manifest.segments if part.removals is not None),
        "bytes": len(now.raw),
        "seconds": now.manifest.issued - before.manifest.issued,
        "seconds past the hour": now.manifest.issued % HOUR,
        "valid for": now.manifest.valid_until - now.manifest.issued,
        "positions": now.manifest.position - before.manifest.position,
        **{f"messages of {kind}": now.messages.get(kind, 0) for kind in ("network", "modus_operandi", "route", "revocation")},
    }


def chance_of(right: int, of: int) -> float:
    """How likely somebody who only guesses is right so often, or more often."""
    return sum(comb(of, each) for each in range(right, of + 1)) / float(2**of)


def judged(one: Sequence[Features], other: Sequence[Features], names: Sequence[str] | None = None) -> tuple[str, float]:
    """The feature that a judge takes, and how likely its success on examples that it has not seen would be by guessing.

    Both are of one size. `names`: the features that it may look at; otherwise all.
    """
    assert len(one) == len(other)
    half = len(one) // 2
    best: tuple[int, float, str, float, bool] = (-1, 0.0, "", 0.0, True)
    for name in names or sorted(one[0]):
        values = sorted({each[name] for each in (*one[:half], *other[:half])})
        for below, over in pairwise(values):
            limit, margin = (below + over) / 2, (over - below) / (values[-1] - values[0])
            for above in (True, False):
                right = sum((each[name] >= limit) is above for each in one[:half])
                right += sum((each[name] >= limit) is not above for each in other[:half])
                best = max(best, (right, margin, name, limit, above))
    _, _, name, limit, above = best
    right = sum((each[name] >= limit) is above for each in one[half:])
    right += sum((each[name] >= limit) is not above for each in other[half:])
    return name, chance_of(right, len(one[half:]) + len(other[half:]))
