"""Looking OPRF outputs up in a peer's segments, here: what was asked and what was found, nobody else learns."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from node.store.index_files import IndexFiles
from protocol.errors import SegmentRefused
from protocol.index.entry import Label, open_entry, tag_of
from protocol.index.manifest import Manifest, SegmentRef
from protocol.index.segment import Segment, check_removals, is_removed
from protocol.limits import RECORDS_AN_IDENTIFIER


@dataclass(frozen=True)
class Found:
    """The input at `index` of a question opens an entry with this label."""

    index: int
    label: Label


def look_up(files: IndexFiles, manifest: Manifest, outputs: Sequence[bytes], newest: Manifest | None = None) -> list[Found]:
    """All entries of the manifest's segments that `outputs` open.

    Each output is looked up under 0, 1, … until the first number that is absent. A removed entry is no hit but no absence either.
    `newest` is the last manifest of the chain, whose segments may not all be here yet: what it takes back is gone already.
    Raises `SegmentRefused` when an entry bears the tag and does not open: that index is broken, and silence would be a lie.
    """
    found = []
    with ExitStack() as open_files:
        segments = [
            (open_files.enter_context(files.segment(reference.digest)), list(_removals(files, reference, newest)))
            for reference in manifest.segments
        ]
        for index, output in enumerate(outputs):
            for j in range(RECORDS_AN_IDENTIFIER):
                places = _places(segments, tag_of(output, j))
                if not places:
                    break
                found += [Found(index, open_entry(entry, output, j, manifest.place)) for entry, gone in places if not gone]
    return found


def _removals(files: IndexFiles, reference: SegmentRef, newest: Manifest | None) -> Iterator[bytes]:
    if reference.removals is not None:
        yield files.read(reference.removals)
    for later in () if newest is None else newest.segments:
        named = later.removals
        if named is not None and (later.digest, later.count) == (reference.digest, reference.count) and files.has(named):
            raw = files.read(named)
            # nobody has looked yet whether it is a bitmap; what is none keeps its manifest from being used
            with suppress(SegmentRefused):
                check_removals(raw, named, later.count)
                yield raw


def _places(segments: Sequence[tuple[Segment, Sequence[bytes]]], tag: bytes) -> list[tuple[bytes, bool]]:
    places = []
    for segment, removals in segments:
        position = segment.find(tag)
        if position is not None:
            places.append((segment.entry(position), any(is_removed(bitmap, position) for bitmap in removals)))
    return places
