"""Signed notes: the published ones, and that nothing passes for one of them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import BadElement, BadNote, BadSignature, CryptoError
from crypto.note import (
    MOST_SIGNATURES,
    Note,
    NoteKey,
    NoteSignature,
    SignatureType,
    Signed,
    cosign,
    sign,
)
from crypto.signing import SigningKey

VECTORS: Any = json.loads((Path(__file__).parents[1] / "vectors" / "signed-notes.json").read_text("utf-8"))
GO: Any = VECTORS["go"]
PETER, ENOCH = (NoteKey.from_text(text) for text in GO["keys"])
PETERS, ENOCHS = GO["signatures"]
TEXT: str = GO["text"]

LOG, WITNESS = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2))
LOG_KEY = NoteKey("log.example/PE", SignatureType.ED25519, LOG.public)
WITNESS_KEY = NoteKey("witness.example/CO", SignatureType.COSIGNATURE, WITNESS.public)
SIGNED = Note(TEXT, (sign(TEXT, LOG_KEY.name, LOG), cosign(TEXT, WITNESS_KEY.name, WITNESS, 1_790_000_000)))

texts = st.text(st.characters(codec="utf-8", min_codepoint=32) | st.just("\n"), max_size=60).map(lambda text: text + "\n")
names = st.text(st.characters(codec="utf-8", min_codepoint=33), min_size=1, max_size=20).filter(
    lambda name: "+" not in name and not any(map(str.isspace, name))
)
signatures = st.builds(NoteSignature, names, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))


# The published ones


def test_gos_notes_are_opened_and_made() -> None:
    note = Note.from_bytes((TEXT + "\n" + PETERS + ENOCHS).encode())
    assert note.text == TEXT
    assert note.verify([PETER]) == (Signed(PETER, None),)
    assert note.verify([PETER, ENOCH]) == (Signed(PETER, None), Signed(ENOCH, None))
    peter = SigningKey.from_seed(bytes.fromhex(GO["seed_of_the_first"]))
    assert sign(TEXT, "PeterNeumann", peter).to_text() == PETERS


def test_gos_keys_are_read_and_the_others_refused() -> None:
    assert [PETER.to_text(), ENOCH.to_text()] == GO["keys"]
    assert PETER.id.hex() == "c74f20a3"
    for text in GO["keys_refused"]:
        with pytest.raises(BadNote):
            NoteKey.from_text(text)


def test_no_part_of_gos_key_and_none_with_one_character_changed_is_a_key() -> None:
    text = PETER.to_text()
    parts = {text[first:after] for first in range(len(text)) for after in range(first + 1, len(text) + 1)} - {text}
    changed = {text[:at] + chr(ord(text[at]) + 1) + text[at + 1 :] for at in range(len(text))}
    for other in parts | changed:
        with pytest.raises(CryptoError):
            NoteKey.from_text(other)


@pytest.mark.parametrize(
    "raw",
    [
        TEXT,
        TEXT + "\n",
        TEXT + "\n" + PETERS[:-1],
        "\x01" + TEXT + "\n" + PETERS,
        TEXT + "\n" + PETERS.replace("PeterNeumann", "Bad Name"),
        TEXT + "\n" + PETERS + "Unexpected line.\n",
        TEXT + "\n" + PETERS * 101,
    ],
)
def test_what_go_calls_malformed_is_no_note(raw: str) -> None:
    with pytest.raises(BadNote):
        Note.from_bytes(raw.encode())


def test_a_note_that_is_not_utf8_is_none() -> None:
    with pytest.raises(BadNote, match="UTF-8"):
        Note.from_bytes(b"\xff" + (TEXT + "\n" + PETERS).encode())


def test_gos_signature_with_bytes_put_in_is_refused_and_under_an_unknown_key_passed_over() -> None:
    longer = PETERS[:60] + "ABCD" + PETERS[60:]
    note = Note.from_bytes((TEXT + "\n" + longer + ENOCHS).encode())
    with pytest.raises(BadSignature):
        note.verify([PETER, ENOCH])
    assert note.verify([ENOCH]) == (Signed(ENOCH, None),)


def test_the_published_cosigners_key_is_read_and_the_published_cosignature_has_its_time() -> None:
    key = NoteKey.from_text(VECTORS["cosigner"]["key"])
    assert (key.name, key.type) == ("remora.n621.de", SignatureType.COSIGNATURE)
    line = NoteSignature.from_text(f"— witness.example {VECTORS['timestamp']['signature']}\n")
    assert int.from_bytes(line.signature[:8]) == VECTORS["timestamp"]["time"]
    assert len(line.signature) == 72


@pytest.mark.parametrize("name", ["signed-note", "tlog-checkpoint", "tlog-cosignature"])
def test_the_examples_of_c2sp_print_as_they_were_read(name: str) -> None:
    raw = VECTORS["c2sp"][name].encode()
    note = Note.from_bytes(raw)
    assert note.to_bytes() == raw
    with pytest.raises(BadSignature, match="no key that is known"):
        note.verify([PETER])


def test_an_empty_line_within_the_text_belongs_to_it() -> None:
    assert Note.from_bytes(VECTORS["c2sp"]["signed-note"].encode()).text.endswith("sole:\n\ned è subito sera.\n")
    text = "\n\nwith empty lines around\n\n"
    assert Note.from_bytes(Note(text, SIGNED.signatures).to_bytes()).text == text


# Form


@given(texts, st.lists(signatures, min_size=1, max_size=MOST_SIGNATURES))
def test_a_note_comes_back_from_its_bytes(text: str, lines: list[NoteSignature]) -> None:
    note = Note(text, tuple(lines))
    assert Note.from_bytes(note.to_bytes()) == note


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"{text}\n\n— n AAAAAAE=\n".encode("utf-8", "replace")))
def test_what_is_read_prints_as_it_came(raw: bytes) -> None:
    try:
        note = Note.from_bytes(raw)
    except BadNote:
        return
    assert note.to_bytes() == raw


def test_base64_has_one_form() -> None:
    line = SIGNED.signatures[1].to_text()
    for changed in (
        line.replace("\n", " \n"),
        line[:-1] + "=\n",
        line.replace(" ", "  ", 1),
        line.replace("— ", "- "),
        line[:-1],
    ):
        with pytest.raises(BadNote):
            NoteSignature.from_text(changed)
    padded = NoteSignature("n", b"\0\0\0\0", b"\1").to_text()
    assert padded == "— n AAAAAAE=\n"
    with pytest.raises(BadNote, match="one form"):
        NoteSignature.from_text("— n AAAAAAF=\n")  # the same bytes, with left-over bits


@given(names, st.sampled_from(SignatureType))
def test_a_key_comes_back_from_its_text(name: str, type_: SignatureType) -> None:
    key = NoteKey(name, type_, LOG.public)
    assert NoteKey.from_text(key.to_text()) == key


@pytest.mark.parametrize(
    "text",
    ["", "n", "n+", "n+00000000", "n+00000000+", "n+00000000+é", "+" + LOG_KEY.to_text()],
)
def test_other_texts_are_no_keys(text: str) -> None:
    with pytest.raises(BadNote):
        NoteKey.from_text(text)


def test_a_key_with_capital_digits_or_another_keys_id_is_none() -> None:
    id_ = LOG_KEY.id.hex()
    assert id_ != id_.upper()
    for other in (id_.upper(), WITNESS_KEY.id.hex()):
        with pytest.raises(BadNote, match="id of a note"):
            NoteKey.from_text(LOG_KEY.to_text().replace(id_, other))


def test_a_point_that_is_no_key_is_refused() -> None:
    with pytest.raises(BadElement):  # type 1, and the point of order one
        NoteKey.from_text("n+00000000+AQEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")


@pytest.mark.parametrize("name", ["", "a b", "a\u3000b", "a\u00a0b", "a+b", "a\tb", "a\nb", "a\x1fb", "a\ud800"])
def test_names_that_no_note_can_bear_are_refused(name: str) -> None:
    with pytest.raises(BadNote, match="name"):
        NoteKey(name, SignatureType.ED25519, LOG.public)
    with pytest.raises(BadNote, match="name"):
        NoteSignature(name, bytes(4), b"\1")


@pytest.mark.parametrize("text", ["", "no line feed", "a tab\t\n", "a return\r\n", "nothing\x00\n", "half\ud800\n"])
def test_texts_that_no_note_can_have_are_refused(text: str) -> None:
    with pytest.raises(BadNote, match="text of a note"):
        Note(text, SIGNED.signatures)


def test_parts_of_another_length_are_refused() -> None:
    for key_id, signature in ((bytes(3), b"\1"), (bytes(5), b"\1"), (bytes(4), b"")):
        with pytest.raises(BadNote, match="4 bytes"):
            NoteSignature("n", key_id, signature)


@pytest.mark.parametrize("count", [MOST_SIGNATURES + 1, MOST_SIGNATURES + 2, 1000])
def test_more_than_64_signatures_are_refused_known_or_not(count: int) -> None:
    lines = tuple(NoteSignature(f"n{number}", bytes(4), b"\1") for number in range(count))
    assert len(Note.from_bytes(Note(TEXT, lines[:MOST_SIGNATURES]).to_bytes()).signatures) == MOST_SIGNATURES
    raw = TEXT + "\n" + "".join(line.to_text() for line in lines)
    with pytest.raises(BadNote):
        Note.from_bytes(raw.encode())
    with pytest.raises(BadNote, match="1 to 64"):
        Note(TEXT, lines)
    with pytest.raises(BadNote, match="1 to 64"):
        Note(TEXT, ())


# Whose signatures hold


def test_a_log_signs_and_a_witness_cosigns_with_the_time() -> None:
    assert SIGNED.verify([WITNESS_KEY, LOG_KEY]) == (Signed(LOG_KEY, None), Signed(WITNESS_KEY, 1_790_000_000))


def test_unknown_keys_are_passed_over_also_under_a_known_name_or_id() -> None:
    same_name = sign(TEXT, LOG_KEY.name, WITNESS)
    same_id = NoteSignature("another.name", LOG_KEY.id, b"anything")
    note = Note(TEXT, (same_name, same_id, SIGNED.signatures[0]))
    assert note.verify([LOG_KEY]) == (Signed(LOG_KEY, None),)
    with pytest.raises(BadSignature, match="no key that is known"):
        Note(TEXT, (same_name, same_id)).verify([LOG_KEY])
    with pytest.raises(BadSignature, match="no key that is known"):
        note.verify([])


@given(st.data())
def test_one_bit_turned_in_the_signature_of_a_known_key_refuses_the_whole_note(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, 1))
    line = SIGNED.signatures[at]
    raw = bytearray(line.signature)
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[bit // 8] ^= 1 << bit % 8
    lines = [*SIGNED.signatures]
    lines[at] = NoteSignature(line.name, line.key_id, bytes(raw))
    with pytest.raises(BadSignature):
        Note(TEXT, tuple(lines)).verify([LOG_KEY, WITNESS_KEY])


@pytest.mark.parametrize("time", [0, 2**63, 2**64 - 1])
def test_a_cosignature_of_no_time_is_refused_though_its_key_made_it(time: int) -> None:
    signed = WITNESS.sign(f"cosignature/v1\ntime {time}\n{TEXT}".encode())
    line = NoteSignature(WITNESS_KEY.name, WITNESS_KEY.id, time.to_bytes(8) + signed)
    with pytest.raises(BadSignature, match="out of range"):
        Note(TEXT, (line,)).verify([WITNESS_KEY])
    with pytest.raises(BadNote, match="time of a cosignature"):
        cosign(TEXT, WITNESS_KEY.name, WITNESS, time)


def test_a_cosignature_of_another_length_is_refused() -> None:
    line = SIGNED.signatures[1]
    for signature in (line.signature[8:], line.signature + b"\0"):
        with pytest.raises(BadSignature, match="72 bytes"):
            Note(TEXT, (NoteSignature(line.name, line.key_id, signature),)).verify([WITNESS_KEY])


def test_a_signature_does_not_pass_for_a_cosignature_of_the_same_key() -> None:
    plain = NoteKey(WITNESS_KEY.name, SignatureType.ED25519, WITNESS.public)
    assert plain.id != WITNESS_KEY.id
    moved = NoteSignature(plain.name, plain.id, SIGNED.signatures[1].signature[8:])
    with pytest.raises(BadSignature):
        Note(TEXT, (moved,)).verify([plain, WITNESS_KEY])


def test_a_key_that_signs_twice_refuses_the_note_and_an_unknown_one_does_not() -> None:
    later = cosign(TEXT, WITNESS_KEY.name, WITNESS, 1_790_000_001)
    note = Note(TEXT, (*SIGNED.signatures, later))
    with pytest.raises(BadSignature, match="twice"):
        note.verify([LOG_KEY, WITNESS_KEY])
    assert note.verify([LOG_KEY]) == (Signed(LOG_KEY, None),)


def test_two_known_keys_of_one_name_and_id_cannot_be_told_apart() -> None:
    class Collided(NoteKey):
        """A key that somebody computed to have the log's id."""

        @property
        def id(self) -> bytes:
            return LOG_KEY.id

    with pytest.raises(BadNote, match="told apart"):
        SIGNED.verify([LOG_KEY, Collided(LOG_KEY.name, SignatureType.ED25519, WITNESS.public)])
    assert SIGNED.verify([LOG_KEY, LOG_KEY]) == (Signed(LOG_KEY, None),)


def test_more_signatures_are_added_and_a_later_one_takes_the_place_of_the_same_keys() -> None:
    alone = Note(TEXT, SIGNED.signatures[:1])
    assert alone.signed_by(SIGNED.signatures[1]) == SIGNED
    later = cosign(TEXT, WITNESS_KEY.name, WITNESS, 1_790_000_001)
    assert SIGNED.signed_by(later).verify([WITNESS_KEY]) == (Signed(WITNESS_KEY, 1_790_000_001),)
    with pytest.raises(BadNote, match="1 to 64"):
        SIGNED.signed_by(*(NoteSignature(f"n{number}", bytes(4), b"\1") for number in range(MOST_SIGNATURES - 1)))
