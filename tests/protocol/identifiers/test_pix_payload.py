import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.identifiers.pix_payload import Payload, payload_in


def sealed(body: str) -> str:
    """`body` with its checksum, computed by hand: bit by bit over the polynomial."""
    text = f"{body}6304"
    rest = 0xFFFF
    for byte in text.encode():
        rest ^= byte << 8
        for _ in range(8):
            rest = (rest << 1 ^ 0x1021 if rest & 0x8000 else rest << 1) & 0xFFFF
    assert rest == binascii.crc_hqx(text.encode(), 0xFFFF)
    return f"{text}{rest:04X}"


def part(name: str, value: str) -> str:
    return f"{name}{len(value):02d}{value}"


@given(st.text("abc0123456789@.", min_size=1, max_size=60), st.sampled_from(["26", "30", "51"]))
def test_the_key_stands_in_any_of_the_account_templates(key: str, template: str) -> None:
    account = part("00", "BR.GOV.BCB.PIX") + part("01", key)
    code = sealed(part("00", "01") + part("26", "x") * (template != "26") + part(template, account) + part("59", "Ninguém"))
    assert payload_in(code) == Payload(key, None, intact=True)


def test_a_broken_checksum_is_said() -> None:
    code = sealed(part("00", "01") + part("26", part("00", "br.gov.bcb.pix") + part("25", "pix.ejemplo.example/a")))
    broken = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert payload_in(broken) == Payload(None, "pix.ejemplo.example/a", intact=False)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "000201",
        "123e4567-e89b-42d3-a456-426614174000",
        sealed(part("00", "01") + part("26", part("00", "otro.esquema") + part("01", "x"))),
        sealed(part("00", "01") + part("26", part("00", "br.gov.bcb.pix"))),
        "000201266304ABCD",
    ],
)
def test_what_names_neither_key_nor_address_is_no_payload(text: str) -> None:
    assert payload_in(text) is None


def test_a_payload_does_not_show_its_key() -> None:
    assert "secreto" not in repr(Payload("secreto", "secreto", intact=True))
