"""The sealed file: what was put comes back, and whatever is changed, cut, moved or added is refused."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.sealing import NONCE_SIZE, TAG_SIZE
from node.backup.container import SECRET_AT_LEAST, Header, SealedWriter, read_frames, read_header
from node.backup.errors import BackupRefused
from protocol.authority import Authority

SECRET = "an invented secret"
HEADER = Header(authority=Authority("CO"), at=1_790_000_000, schema_="0001", rounds=1, memory=8 << 20, salt="5a" * 16)
"""At the least cost that is taken: the tests make many."""
PARTS = [b"first", b"", b"x" * 3000, b"last"]


def written(parts: list[bytes], secret: str = SECRET) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, HEADER, secret, os.urandom)
    for number, part in enumerate(parts, 1):
        writer.put(part, last=number == len(parts))
    return file.getvalue()


def read(raw: bytes, secret: str = SECRET) -> list[bytes]:
    file = io.BytesIO(raw)
    return list(read_frames(file, read_header(file), secret))


def refusal(raw: bytes, secret: str = SECRET) -> str:
    with pytest.raises(BackupRefused) as refused:
        read(raw, secret)
    return refused.value.code


WRITTEN = written(PARTS)


@settings(max_examples=20)
@given(parts=st.lists(st.binary(max_size=200), min_size=1, max_size=5))
def test_what_was_put_comes_back_in_order(parts: list[bytes]) -> None:
    assert read(written(parts)) == parts


def test_the_header_is_read_without_the_secret_and_nothing_else_is_there_to_read() -> None:
    assert read_header(io.BytesIO(WRITTEN)) == HEADER
    assert not any(part in WRITTEN.partition(b"\n")[2] for part in PARTS if len(part) > 4)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, len(WRITTEN) - 1), flip=st.integers(1, 255))
def test_a_changed_byte_anywhere_is_refused(at: int, flip: int) -> None:
    changed = bytearray(WRITTEN)
    changed[at] ^= flip
    assert refusal(bytes(changed)) in ("backup_unknown", "backup_not_opened", "backup_damaged")


@settings(max_examples=30, deadline=None)
@given(length=st.integers(0, len(WRITTEN) - 1))
def test_a_file_that_was_cut_is_refused_wherever(length: int) -> None:
    assert refusal(WRITTEN[:length]) in ("backup_unknown", "backup_not_opened", "backup_damaged")


def test_a_mark_of_the_last_frame_that_no_writer_sets_is_refused() -> None:
    mark = len(WRITTEN) - len(PARTS[-1]) - NONCE_SIZE - TAG_SIZE - 5
    assert WRITTEN[mark] == 1
    for other in (0, 2, 3, 255):
        assert refusal(WRITTEN[:mark] + bytes([other]) + WRITTEN[mark + 1 :]) == "backup_damaged"


def test_what_follows_the_end_is_refused() -> None:
    assert refusal(WRITTEN + b"\n") == "backup_damaged"


def test_frames_that_changed_places_or_were_left_out_are_refused() -> None:
    head, _, body = WRITTEN.partition(b"\n")
    frames = []
    while body:
        length = 5 + int.from_bytes(body[1:5], "big")
        frames.append(body[:length])
        body = body[length:]
    assert len(frames) == len(PARTS)
    for order in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3], [0, 1, 2]):
        assert refusal(head + b"\n" + b"".join(frames[at] for at in order)) in ("backup_not_opened", "backup_damaged")


def test_another_secret_opens_nothing() -> None:
    assert refusal(WRITTEN, SECRET + "!") == "backup_not_opened"
    assert refusal(WRITTEN, "") == "backup_not_opened"


def test_a_secret_that_could_be_guessed_makes_no_backup() -> None:
    file = io.BytesIO()
    with pytest.raises(BackupRefused, match="backup_secret_short"):
        SealedWriter(file, HEADER, "x" * (SECRET_AT_LEAST - 1), os.urandom)
    assert file.getvalue() == b""


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"a case export\n",
        b"{}\n",
        HEADER.line().replace(b"celosia-backup/1", b"celosia-backup/2"),
        HEADER.line().replace(b'"memory":8388608', b'"memory":99999999999'),
        HEADER.line().replace(b'"rounds":1', b'"rounds":1000'),
        HEADER.line().replace(b'"at":', b'"at": '),
    ],
)
def test_what_is_no_header_of_ours_is_refused_before_anything_is_stretched(line: bytes) -> None:
    with pytest.raises(BackupRefused, match="backup_unknown"):
        read_header(io.BytesIO(line))
