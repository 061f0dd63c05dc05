"""Network interfaces. Source: IEEE Std 802-2014 section 8.2; groups without their zero as BSD systems print them."""

import re

from protocol.identifiers.characters import compact, require, written
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LOCAL_OR_GROUP = 0b11
_LABEL = re.compile(r"^(?:MAC(?: ADDRESS)?|BSSID|WI-?FI|WLAN|BLUETOOTH|BT)[\s:.\-]+", re.IGNORECASE)
_GROUPS = re.compile(r"[\dA-F]{1,2}(?:[:\-][\dA-F]{1,2}){5}", re.IGNORECASE | re.ASCII)


def read_mac(raw: RawIdentifier) -> tuple[Reading, ...]:
    """12 hexadecimal digits in upper case; a locally chosen or a group address gives not_unique."""
    text = _LABEL.sub("", written(raw.kind, raw.value))
    if _GROUPS.fullmatch(text):
        text = "".join(group.zfill(2) for group in re.split("[:-]", text))
    number = compact(text)
    require(raw.kind, number, r"[\dA-F]+", 12, 12)
    shared = int(number[:2], 16) & _LOCAL_OR_GROUP
    return (Reading(raw.kind, number, frozenset({Doubt.NOT_UNIQUE} if shared else ())),)


RULE = Rule(
    Kind.MAC,
    1,
    None,
    read_mac,
    (
        Example("00:1b:44:11:3a:b7", "001B44113AB7"),
        Example("001b.4411.3ab7", "001B44113AB7"),
    ),
)
