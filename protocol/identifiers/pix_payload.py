"""The text behind a PIX QR code ("copia e cola"): which key, or which address, is to be paid.

Source: EMVCo QR Code Specification for Payment Systems, merchant-presented mode, sections 3 (objects: two digits of id, two of
length, the value) and 4.7.3 (CRC of ISO/IEC 13239, polynomial 0x1021, from 0xFFFF); BCB, Manual do BR Code (account
information 26 to 51: 00 "br.gov.bcb.pix", 01 the key, 25 the address of a charge).
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_START = "000201"
_CHECKED = re.compile(r"(.*6304)([0-9A-F]{4})", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Payload:
    """Whom a code pays: `key`, or a charge's `address` without its scheme. `intact`: its checksum holds."""

    key: str | None = field(repr=False)
    address: str | None = field(repr=False)
    intact: bool


def _objects(text: str) -> Iterator[tuple[str, str]]:
    """(id, value) one after the other, until what follows is none."""
    at = 0
    while found := re.compile(r"(\d\d)(\d\d)", re.ASCII).match(text, at):
        end = found.end() + int(found[2])
        yield found[1], text[found.end() : end]
        at = end


def payload_in(text: str) -> Payload | None:
    """What the code pays; None where `text` is no such code or names neither key nor address."""
    checked = _CHECKED.fullmatch(text.strip())
    if not text.strip().startswith(_START) or checked is None:
        return None
    intact = binascii.crc_hqx(checked[1].encode(), 0xFFFF) == int(checked[2], 16)
    for name, value in _objects(checked[1]):
        account = dict(_objects(value)) if "26" <= name <= "51" else {}
        if account.get("00", "").lower() == "br.gov.bcb.pix":
            key, address = account.get("01"), account.get("25")
            return Payload(key, address, intact) if key or address else None
    return None
