"""What is no text is known by its first bytes, and what is text is never taken for it."""

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.case_files import FileReason
from node.case_files.signatures import TOLD_BY, no_text


def archive(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            packed.writestr(name, "application/vnd.oasis.opendocument.text" if name == "mimetype" else "x" * 500)
    return file.getvalue()


def workbook() -> bytes:
    file = io.BytesIO()
    openpyxl.Workbook().save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"), FileReason.OFFICE_DOCUMENT),
        (archive("[Content_Types].xml", "_rels/.rels", "ppt/presentation.xml"), FileReason.OFFICE_DOCUMENT),
        (archive("mimetype", "content.xml"), FileReason.OFFICE_DOCUMENT),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), FileReason.OFFICE_DOCUMENT),
        (b"{\\rtf1\\ansi celular 300 555 0147}", FileReason.OFFICE_DOCUMENT),
        (b"%PDF-1.7\n", FileReason.PDF_DOCUMENT),
        (b"\xef\xbb\xbf\r\n%PDF-1.4", FileReason.PDF_DOCUMENT),
        (b"\x89PNG\r\n\x1a\n", FileReason.IMAGE),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", FileReason.IMAGE),
        (b"GIF89a", FileReason.IMAGE),
        (b"II*\x00\x08", FileReason.IMAGE),
        (b"MM\x00*\x00", FileReason.IMAGE),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", FileReason.IMAGE),
        (b"\x00\x00\x00\x18ftypheic", FileReason.IMAGE),
        (archive("lista.txt"), FileReason.COMPRESSED_FILE),
        (b"\x1f\x8b\x08\x00", FileReason.COMPRESSED_FILE),
        (b"7z\xbc\xaf\x27\x1c", FileReason.COMPRESSED_FILE),
        (b"Rar!\x1a\x07\x01\x00", FileReason.COMPRESSED_FILE),
        (workbook()[:TOLD_BY], FileReason.WORKBOOK_AS_TEXT),
    ],
)
def test_a_document_an_image_and_an_archive_are_known(first: bytes, reason: FileReason) -> None:
    assert no_text(first) is reason


@pytest.mark.parametrize(
    "first",
    [
        b"",
        b"PK 300 555 0147",
        b"%PDF",
        b"RIFF 300",
        b"Rar! 300",
        b"7z 300",
        b"GIF 300",
        b"MM 300",
        "ÿØ".encode(),
        b"\x1f\x8b 300",
    ],
)
def test_text_that_begins_alike_is_text(first: bytes) -> None:
    assert no_text(first) is None


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40))
def test_no_text_of_letters_and_digits_is_refused(text: str) -> None:
    if not text.lstrip("\ufeff ").startswith(("%PDF-", "{\\rtf")):
        assert no_text(text.encode()) is None
