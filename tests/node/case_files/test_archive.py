"""A workbook's archive is believed only where its directory can be true."""

import io
import random
import struct
import zipfile
from collections.abc import Callable

import pytest

from node.case_files import CaseFileError, archive
from node.case_files.archive import Archive
from node.case_files.errors import ActiveContent, FileDamaged, FileTooLarge, WrongFormat
from node.case_files.limits import ARCHIVE_PARTS, SMALL_PART_BYTES


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return out.getvalue()


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311 -- filler that does not pack


def test_parts_come_back_piece_by_piece_and_whole() -> None:
    content = noise(200_000)
    opened = Archive(zipped({"a.xml": content}), "x")
    assert opened.has("a.xml")
    assert not opened.has("b.xml")
    assert b"".join(opened.chunks("a.xml")) == content
    assert opened.whole("a.xml") == content


def test_a_bomb_is_refused_by_its_directory_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = zipped({"xl/worksheets/sheet1.xml": b"0" * (8 << 20)})
    assert len(bomb) < 20_000
    with monkeypatch.context() as weakened:
        weakened.setattr(archive, "PACKING_RATIO", 10_000)
        assert sum(map(len, Archive(bomb, "x").chunks("xl/worksheets/sheet1.xml"))) == 8 << 20
    with pytest.raises(FileTooLarge, match="unpacks_too_large"):
        Archive(bomb, "x")


def test_many_parts_that_each_look_innocent_are_added_up(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = zipped({f"{n}.xml": noise(1000) for n in range(10)})
    Archive(raw, "x")
    monkeypatch.setattr(archive, "UNPACKED_BYTES", 9_999)
    with pytest.raises(FileTooLarge, match="unpacks_too_large"):
        Archive(raw, "x")


def test_a_directory_that_understates_a_size_gets_no_more_than_it_said() -> None:
    raw = bytearray(zipped({"a.xml": b"0" * 100_000}))
    directory = raw.index(b"PK\x01\x02")
    struct.pack_into("<L", raw, directory + 24, 10)
    with pytest.raises(FileDamaged, match="broken_archive"):
        b"".join(Archive(bytes(raw), "x").chunks("a.xml"))


def test_parts_laid_over_one_another_are_refused() -> None:
    raw = bytearray(zipped({"a.xml": noise(1000), "b.xml": noise(1000)}))
    second = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    struct.pack_into("<L", raw, second + 42, 5)
    with pytest.raises(FileDamaged, match="broken_archive"):
        Archive(bytes(raw), "x")


def test_two_parts_of_one_name_are_refused_since_readers_would_differ() -> None:
    raw = zipped({"xl/workbook.xml": b"one", "XL/workbook.xml": b"two"})
    with pytest.raises(FileDamaged, match="broken_archive"):
        Archive(raw, "x")


def test_a_method_that_not_every_reader_has_is_refused() -> None:
    with pytest.raises(FileDamaged, match="broken_archive"):
        Archive(zipped({"a.xml": b"text"}, zipfile.ZIP_LZMA), "x")


@pytest.mark.parametrize("name", ["xl/vbaProject.bin", "XL/VBAPROJECT.BIN", "xl/macrosheets/sheet1.xml"])
def test_macros_are_refused_even_if_nothing_points_at_them(name: str) -> None:
    with pytest.raises(ActiveContent, match="macros"):
        Archive(zipped({name: b"x"}), "x")


def test_too_many_parts_and_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = zipped({f"{n}": b"" for n in range(ARCHIVE_PARTS + 1)})
    with pytest.raises(FileTooLarge, match="too_many_parts"):
        Archive(raw, "x")
    monkeypatch.setattr(archive, "FILE_BYTES", len(raw) - 1)
    with pytest.raises(FileTooLarge, match="too_many_bytes"):
        Archive(raw, "x")


def test_a_small_part_may_not_be_large() -> None:
    opened = Archive(zipped({"xl/styles.xml": noise(SMALL_PART_BYTES + 1)}, zipfile.ZIP_STORED), "x")
    with pytest.raises(FileTooLarge, match="unpacks_too_large"):
        opened.whole("xl/styles.xml")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old or encrypted workbook", "old_or_encrypted_workbook"),
        (b"RED;ID\r\n", "not_a_workbook"),
        (b"", "not_a_workbook"),
    ],
)
def test_another_format_under_the_name_of_a_workbook_is_told(raw: bytes, reason: str) -> None:
    with pytest.raises(WrongFormat, match=reason):
        Archive(raw, "x")


def test_a_part_that_is_missing_is_told() -> None:
    opened = Archive(zipped({"a.xml": b"text"}), "x")
    with pytest.raises(FileDamaged, match="broken_archive"):
        opened.whole("b.xml")
    with pytest.raises(FileDamaged, match="broken_archive"):
        next(opened.chunks("b.xml"))


def test_an_archive_damaged_anywhere_is_refused_or_read_the_same(handmade_workbook: Callable[..., bytes]) -> None:
    good = handmade_workbook("<row><c t='str'><v>RED</v></c></row>")
    whole = Archive(good, "x").whole("xl/worksheets/sheet1.xml")
    refused = 0
    for position in range(0, len(good), 3):
        broken = bytearray(good)
        broken[position] ^= 0xFF
        try:
            assert Archive(bytes(broken), "x").whole("xl/worksheets/sheet1.xml") == whole
        except CaseFileError:
            refused += 1
    assert refused > len(good) // 12
    for end in range(4, len(good), 7):
        with pytest.raises(CaseFileError):
            Archive(good[:end], "x")


def test_a_part_that_is_packed_in_a_way_nobody_knows_is_a_broken_archive_and_no_error_of_ours() -> None:
    raw = bytearray(zipped({"a.xml": b"an invented part"}))
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", raw, raw.index(signature) + at, 99)  # APPNOTE.TXT, 4.4.5: AES, which zipfile does not have
    with zipfile.ZipFile(io.BytesIO(raw)) as plain, pytest.raises(NotImplementedError):
        plain.read("a.xml")
    with pytest.raises(FileDamaged, match="broken_archive"):
        Archive(bytes(raw), "x").whole("a.xml")
