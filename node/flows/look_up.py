"""Looking OPRF outputs up in a peer's segments, here: what was asked and what was found, nobody else learns."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from node.store.index_files import IndexFiles
from protocol.index.entry import Label, open_entry, tag_of
from protocol.index.manifest import Manifest
from protocol.index.segment import Segment, is_removed
from protocol.limits import RECORDS_AN_IDENTIFIER


@dataclass(frozen=True)
class Found:
    """The input at `index` of a question opens an entry with this label."""

    index: int
    label: Label


def look_up(files: IndexFiles, manifest: Manifest, outputs: Sequence[bytes]) -> list[Found]:
    """All entries of the manifest's segments that `outputs` open.

    Each output is looked up under 0, 1, … until the first number that is absent. A removed entry is no hit but no absence either.
    Raises `SegmentRefused` when an entry bears the tag and does not open: that index is broken, and silence would be a lie.
    """
    found = []
    with ExitStack() as open_files:
        segments = [
            (
                open_files.enter_context(files.segment(reference.digest)),
                files.read(reference.removals) if reference.removals else None,
            )
            for reference in manifest.segments
        ]
        for index, output in enumerate(outputs):
            for j in range(RECORDS_AN_IDENTIFIER):
                places = _places(segments, tag_of(output, j))
                if not places:
                    break
                found += [Found(index, open_entry(entry, output, j, manifest.place)) for entry, gone in places if not gone]
    return found


def _places(segments: Sequence[tuple[Segment, bytes | None]], tag: bytes) -> list[tuple[bytes, bool]]:
    places = []
    for segment, removals in segments:
        position = segment.find(tag)
        if position is not None:
            places.append((segment.entry(position), removals is not None and is_removed(removals, position)))
    return places
