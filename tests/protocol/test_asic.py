"""The container has one form, which other programs read, and takes no other."""

import io
import struct
import zipfile
from base64 import b64decode
from hashlib import sha256
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import limits
from protocol.asic import _zip, pack, unpack
from protocol.errors import Malformed, TooLarge

FILES = {"cover.es.txt": b"para personas\n", "envelopes/01.json": b"{}", "logs/CO/01.entry": bytes(range(256))}
PACKED = pack(FILES)


def test_what_is_packed_comes_out() -> None:
    assert unpack(PACKED) == FILES
    assert pack(dict(reversed(FILES.items()))) == PACKED


@settings(max_examples=30)
@given(st.dictionaries(st.from_regex(r"[a-z]{1,9}(/[A-Z0-9]{1,9})?\.(json|txt|tst)", fullmatch=True), st.binary(max_size=99)))
def test_any_files_come_out(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files


def test_other_programs_read_it() -> None:
    with zipfile.ZipFile(io.BytesIO(PACKED)) as read:
        assert read.testzip() is None
        assert [each.filename for each in read.infolist()] == ["mimetype", "META-INF/ASiCManifest.xml", *sorted(FILES)]
        assert {each.compress_type for each in read.infolist()} == {zipfile.ZIP_STORED}
        assert {name: read.read(name) for name in FILES} == FILES
        # ASiC: the type is the first file, at this place (ETSI EN 319 162-1, 4.3.3.1 and A.1)
        assert PACKED[30:38] + PACKED[38:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"
        named = ElementTree.fromstring(read.read("META-INF/ASiCManifest.xml"))  # noqa: S314  ours, made a line ago
    digests = {
        part.attrib["URI"]: b64decode(part.findtext("{http://www.w3.org/2000/09/xmldsig#}DigestValue") or "") for part in named
    }
    assert digests == {name: sha256(content).digest() for name, content in FILES.items()}


@pytest.mark.parametrize(
    "raw",
    [b"", PACKED[:-1], PACKED + b"\0", b"\0" + PACKED, PACKED[:200], PACKED + PACKED, b"PK\x03\x04" + bytes(40), b"PK\x03\x04"],
)
def test_another_length_is_none(raw: bytes) -> None:
    with pytest.raises(Malformed):
        unpack(raw)


def test_every_byte_counts() -> None:
    for at in range(len(PACKED)):
        with pytest.raises(Malformed):
            unpack(PACKED[:at] + bytes([PACKED[at] ^ 1]) + PACKED[at + 1 :])


def test_packed_bombs_are_refused_before_they_are_inflated() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("envelopes/01.json", bytes(1 << 20))
    with pytest.raises(Malformed):
        unpack(bomb.getvalue())
    claimed = bytearray(PACKED)
    struct.pack_into("<I", claimed, 22, 0xFFFFFFFF)
    with pytest.raises(Malformed):
        unpack(bytes(claimed))


def test_other_orders_names_and_numbers_are_refused() -> None:
    with pytest.raises(Malformed):
        unpack(_zip([("mimetype", b"application/vnd.etsi.asic-e+zip"), ("é.json", b"")]))
    with pytest.raises(Malformed):
        unpack(_zip(sorted(FILES.items())))
    with pytest.raises(Malformed):
        pack({"a.exe": b""})
    with pytest.raises(TooLarge):
        pack({f"{number}.json": b"" for number in range(limits.EVIDENCE_FILES + 1)})
    with pytest.raises(TooLarge):
        pack({"a.json": bytes(limits.EVIDENCE_BYTES)})
    with pytest.raises(TooLarge):
        unpack(bytes(limits.EVIDENCE_BYTES + 1))
