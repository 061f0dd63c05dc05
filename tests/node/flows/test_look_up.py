"""Looking outputs up: every entry that they open, none that was removed, and no silence over an index that is broken."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.flows.look_up import look_up
from node.store.index_files import IndexFiles
from protocol.errors import SegmentRefused
from protocol.index.entry import KEY_TYPE_IDENTIFIER, Label, Place, make_entry, make_padding, tag_of
from protocol.index.manifest import Manifest, SegmentRef
from protocol.index.segment import Segment, build_removals, build_segment
from protocol.limits import RECORDS_AN_IDENTIFIER
from tests.protocol.federation import CO, NOW, list_id, octets, server_key

PLACE = Place(CO, list_id(CO), 1)
Y = octets("an output") + octets("its second half")


def random(size: int) -> bytes:
    return octets(f"random {size}")[:size].ljust(size, b"r")


def entry(output: bytes, j: int, record: str) -> bytes:
    return make_entry(output, j, Label(record, KEY_TYPE_IDENTIFIER, bytes(16)), PLACE, random)


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    return IndexFiles(tmp_path / "index")


def manifest(files: IndexFiles, *segments: Sequence[bytes], removed: Sequence[bytes] = ()) -> Manifest:
    parts = []
    for entries in segments:
        raw = build_segment(entries)
        gone = [at for at in range(Segment(raw).count) if Segment(raw).entry(at)[:16] in removed]
        bitmap = files.put(build_removals(gone, len(entries))) if removed else None
        parts.append(SegmentRef(digest=files.put(raw), count=len(entries), removals=bitmap))
    fields = {"authority": CO, "list": PLACE.list, "audience": "all", "entropy": "identifiers", "epoch": 1, "position": 0}
    times = {"issued": NOW, "valid_until": NOW + 60, "key": bytes(server_key(CO).public), "normalisers": {}}
    return Manifest.model_validate({**fields, **times, "segments": tuple(parts)})


def records(found: object) -> list[str]:
    assert isinstance(found, list)
    return [hit.label.record for hit in found]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(0, 6), split=st.integers(1, 3))
def test_all_entries_of_an_output_are_found_in_whatever_segments_they_lie(files: IndexFiles, count: int, split: int) -> None:
    entries = [entry(Y, j, f"{j:032x}") for j in range(count)]
    segments = [entries[at::split] for at in range(split)]
    found = look_up(files, manifest(files, *(each for each in segments if each)), [octets("a miss") * 2, Y])
    assert records(found) == [f"{j:032x}" for j in range(count)]
    assert {hit.index for hit in found} <= {1}


def test_a_removed_entry_is_no_hit_and_hides_none_after_it(files: IndexFiles) -> None:
    entries = [entry(Y, j, f"{j:032x}") for j in range(3)]
    found = look_up(files, manifest(files, entries, removed=[tag_of(Y, 0)]), [Y])
    assert records(found) == [f"{j:032x}" for j in (1, 2)]


def test_what_a_later_manifest_takes_back_is_gone_before_its_other_segments_are_here(files: IndexFiles) -> None:
    entries = [entry(Y, j, f"{j:032x}") for j in range(3)]
    now, later = manifest(files, entries), manifest(files, entries, removed=[tag_of(Y, 1)])
    unfetched = SegmentRef(digest="0" * 64, count=5)
    newest = later.model_copy(update={"segments": (unfetched, *later.segments)})
    assert records(look_up(files, now, [Y])) == [f"{j:032x}" for j in range(3)]
    assert records(look_up(files, now, [Y], newest)) == [f"{j:032x}" for j in (0, 2)]
    assert records(look_up(files, later, [Y], now)) == [f"{j:032x}" for j in (0, 2)], "nothing comes back"


@pytest.mark.parametrize("named", [b"", b"\xff\xff", b"\xff"], ids=["no bytes", "too many", "more than there are entries"])
def test_what_a_later_manifest_calls_removals_and_is_none_changes_nothing(files: IndexFiles, named: bytes) -> None:
    now = manifest(files, [entry(Y, j, f"{j:032x}") for j in range(3)])
    (segment,) = now.segments
    for removals in (files.put(named), "0" * 64):
        newest = now.model_copy(update={"segments": (segment.model_copy(update={"removals": removals}),)})
        assert len(look_up(files, now, [Y], newest)) == 3
    other = now.model_copy(update={"segments": (SegmentRef(digest=segment.digest, count=8, removals=files.put(b"\xff")),)})
    assert len(look_up(files, now, [Y], other)) == 3, "a bitmap for another number of entries"


def test_an_entry_listed_again_under_a_removed_one_s_number_is_found(files: IndexFiles) -> None:
    old, new = entry(Y, 0, "aa" * 16), entry(Y, 0, "bb" * 16)
    fresh = manifest(files, [new]).segments
    both = manifest(files, [old], removed=[tag_of(Y, 0)])
    assert records(look_up(files, both.model_copy(update={"segments": both.segments + fresh}), [Y])) == ["bb" * 16]


def test_an_entry_that_bears_the_tag_and_does_not_open_is_an_error_and_no_miss(files: IndexFiles) -> None:
    spoilt = tag_of(Y, 0) + make_padding(random)[16:]
    with pytest.raises(SegmentRefused):
        look_up(files, manifest(files, [spoilt]), [Y])


def test_an_entry_of_another_list_does_not_open_here(files: IndexFiles) -> None:
    elsewhere = Place(CO, "0" * 32, 1)
    copied = make_entry(Y, 0, Label("aa" * 16, KEY_TYPE_IDENTIFIER, bytes(16)), elsewhere, random)
    with pytest.raises(SegmentRefused):
        look_up(files, manifest(files, [copied]), [Y])


def test_nobody_s_look_up_goes_on_for_ever(files: IndexFiles) -> None:
    entries = [entry(Y, j, f"{j:032x}") for j in range(RECORDS_AN_IDENTIFIER + 2)]
    assert len(look_up(files, manifest(files, entries), [Y])) == RECORDS_AN_IDENTIFIER
