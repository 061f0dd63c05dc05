"""Files that are no text, known by their first bytes: read as lines they would be rubbish, by the million.

Sources: PKWARE's APPNOTE 4.3.7 (ZIP), RFC 1952 2.3 (gzip), ISO 32000-1 7.5.2 (PDF), [MS-CFB] 2.2 (old Office files),
OpenDocument 1.3 part 2, 3.3 (the type stands first in the archive), ECMA-376 part 2 (parts of Office files), and of each image
the magic number of its format.
"""

from node.case_files.reasons import FileReason

_ARCHIVE = b"PK\x03\x04"
_OFFICE = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"{\\rtf")
_COMPRESSED = (b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd")
_IMAGES = (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\x00", b"MM\x00*")


TOLD_BY = 4096
"""Bytes that tell what a file is; of an archive, also what is in it."""


def no_text(first: bytes) -> FileReason | None:
    """What a file is that begins with `first`, None if it may be text."""
    if first.startswith(_ARCHIVE):
        return _in_archive(first)
    if first.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-"):
        return FileReason.PDF_DOCUMENT
    if first.startswith(_OFFICE):
        return FileReason.OFFICE_DOCUMENT
    if first.startswith(_COMPRESSED):
        return FileReason.COMPRESSED_FILE
    framed = (first[:4] == b"RIFF" and first[8:12] == b"WEBP") or first[4:12] in (b"ftypheic", b"ftypmif1", b"ftypavif")
    return FileReason.IMAGE if framed or first.startswith(_IMAGES) else None


def _in_archive(first: bytes) -> FileReason:
    if b"xl/" in first:
        return FileReason.WORKBOOK_AS_TEXT
    if b"word/" in first or b"ppt/" in first or b"mimetypeapplication/vnd.oasis.opendocument" in first:
        return FileReason.OFFICE_DOCUMENT
    return FileReason.COMPRESSED_FILE
