"""Index files: whole or not there, named by what is in them, mapped for look-up, and forgotten when nobody names them."""

import os
import stat
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.store.index_files import IndexFiles
from protocol.errors import SegmentRefused
from protocol.index.segment import SegmentCheck, build_segment, segment_pieces
from protocol.limits import ENTRY_BYTES, TAG_BYTES


@pytest.fixture
def files(tmp_path: Path) -> IndexFiles:
    return IndexFiles(tmp_path / "index")


def entries(count: int) -> list[bytes]:
    return [number.to_bytes(TAG_BYTES, "big") + os.urandom(ENTRY_BYTES - TAG_BYTES) for number in range(count)]


def test_a_file_is_named_by_its_digest(files: IndexFiles) -> None:
    digest = files.put(b"a bitmap")
    assert digest == sha256(b"a bitmap").hexdigest()
    assert files.has(digest)
    assert files.read(digest) == b"a bitmap"
    assert files.path(digest).name == digest
    assert not files.has("0" * 64)


def test_the_same_bytes_are_written_once(files: IndexFiles) -> None:
    written = files.path(files.put(b"the same")).stat()
    assert files.path(files.put(b"the same")).stat().st_ino == written.st_ino


def test_others_cannot_look_into_the_folder(files: IndexFiles) -> None:
    folder = files.path(files.put(b"a file")).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_file_that_a_disk_has_torn_is_not_there_and_can_be_put_again(tmp_path: Path) -> None:
    digest = IndexFiles(tmp_path).put(b"whole")
    (tmp_path / digest).write_bytes(b"torn!")
    restarted = IndexFiles(tmp_path)
    assert not restarted.has(digest)
    assert not (tmp_path / digest).exists()
    assert restarted.put(b"whole") == digest
    assert restarted.read(digest) == b"whole"


def test_a_write_that_fails_leaves_no_file_under_the_digest(files: IndexFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.put(b"too much")
    folder = files.path("x").parent
    assert list(folder.iterdir()) == []


def test_a_segment_is_looked_up_where_it_lies(files: IndexFiles) -> None:
    listed = entries(300)
    digest = files.put(build_segment(listed))
    with files.segment(digest) as segment:
        assert segment.count == 300
        assert all(segment.entry(segment.find(entry[:TAG_BYTES]) or 0) == entry for entry in listed)
        assert segment.find(bytes([255]) * TAG_BYTES) is None


def test_a_mapped_segment_outlives_the_file_s_removal(files: IndexFiles) -> None:
    digest = files.put(build_segment(entries(10)))
    with files.segment(digest) as segment:
        assert files.forget_all_but(set()) == 1
        assert segment.find((9).to_bytes(TAG_BYTES, "big")) == 9
    assert not files.has(digest)


def test_an_empty_segment_can_be_mapped(files: IndexFiles) -> None:
    with files.segment(files.put(build_segment([]))) as segment:
        assert segment.count == 0
        assert segment.find(bytes(TAG_BYTES)) is None


def test_files_under_way_are_not_forgotten(files: IndexFiles) -> None:
    digest = files.put(b"named")
    under_way = files.path(".new-under-way")
    under_way.write_bytes(b"half")
    assert files.forget_all_but({digest}) == 0
    assert under_way.exists()


def test_what_comes_in_pieces_is_kept_whole_and_named_by_its_digest(files: IndexFiles) -> None:
    digest = files.put_pieces([b"a ", b"", b"bitmap"])
    assert digest == files.put(b"a bitmap")
    assert files.read(digest) == b"a bitmap"


def test_pieces_that_break_off_leave_no_file(files: IndexFiles) -> None:
    def broken() -> Iterator[bytes]:
        yield b"half"
        raise SegmentRefused("segment", reason="order")

    with pytest.raises(SegmentRefused):
        files.put_pieces(broken())
    assert list(files.path("x").parent.iterdir()) == []


def test_a_large_segment_is_checked_and_kept_without_being_in_memory(files: IndexFiles) -> None:
    count, piece = 200_000, 1 << 16
    content = (number.to_bytes(TAG_BYTES, "big") + bytes(ENTRY_BYTES - TAG_BYTES) for number in range(count))
    digest = files.put_pieces(segment_pieces(content, count))

    def checked() -> Iterator[bytes]:
        check = SegmentCheck(digest, count)
        with files.path(digest).open("rb") as file:
            while read := file.read(piece):
                check.take(read)
                yield read
        check.end()

    tracemalloc.start()
    try:
        assert files.put_pieces(checked()) == digest
        (_, peak) = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert files.path(digest).stat().st_size > 18 << 20
    assert peak < 1 << 20


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(st.binary(min_size=1, max_size=8), max_size=6), st.data())
def test_exactly_what_is_named_stays(files: IndexFiles, contents: set[bytes], data: st.DataObject) -> None:
    files.forget_all_but(set())
    digests = {files.put(content) for content in contents}
    named = data.draw(st.sets(st.sampled_from(sorted(digests)))) if digests else set()
    assert files.forget_all_but(named) == len(digests - named)
    assert {digest for digest in digests if files.has(digest)} == named
