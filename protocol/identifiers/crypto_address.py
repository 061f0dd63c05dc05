"""Addresses of crypto-assets. Letters keep their case wherever case is part of the address.

Source: Bitcoin's base58check, BIP 21, 173 and 350; EIP-55 and EIP-681; TRON's and the XRP Ledger's address formats; Bitcoin
Cash's CashAddr; Monero's and Solana's address lengths; TON's TEP 2. `address_checksums` computes what they publish.

An Ethereum key is the lower-case form: the address of every EVM chain, with the same owner. EIP-55's capitals are a checksum by
Keccak-256, which neither the standard library nor a library here computes: they are not checked, nor is Monero's.
"""

import re
from collections.abc import Callable

from protocol.identifiers.address_checksums import (
    RIPPLE58,
    base58_bytes,
    base58check_holds,
    bech32_checksum_holds,
    cashaddr_checksum_holds,
    segwit_checksum_holds,
    ton_account,
)
from protocol.identifiers.characters import refuse_masked, require, written
from protocol.identifiers.errors import NotNormalisable, Reason
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Example, Rule
from protocol.identifiers.values import Doubt, RawIdentifier, Reading

_LONGEST = 512
"""Characters: a payment URI or an explorer's URL around an address."""

_SCHEME = re.compile(
    r"(?:bitcoin|litecoin|dogecoin|dash|ethereum|tron|monero|solana|ripple|xrp|xrpl|zcash|cardano|ton(?=://)|web\+\w+)"
    r":(?://)?(?:pay-|transfer/)?(.+)",
    re.IGNORECASE,
)
_EXPLORER = re.compile(
    r"(?:https?://)?[a-z\d.\-]+\.[a-z]{2,}(?:/[^\s?]*)?/(?:#/)?(?:address|addr|account|accounts|wallet)/([\w:\-]+)(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_EVM = re.compile(r"(?:0x|xdc)([\da-f]{40})")
_CASH = re.compile(r"(?:bitcoincash:)?([qp][ac-hj-np-z02-9]{41,103})")
_SEGWIT = re.compile(r"(?:bc|ltc)1[ac-hj-np-z02-9]{11,87}")
_BECH32 = re.compile(r"(?:addr|stake|cosmos|osmo|inj|thor|kava|celestia)1[ac-hj-np-z02-9]{38,98}")
_TON_FRIENDLY = re.compile(r"[EUk0]Q[\w\-+/]{46}", re.ASCII)
_TON_RAW = re.compile(r"(?:-1|0):[\da-f]{64}")
_CHARACTERS = "1-9A-HJ-NP-Za-km-z"


def _solana_length(address: str) -> bool:
    return len(base58_bytes(address)) == 32


# Prefix byte and first characters: bitcoin 0x00 and 0x05, litecoin 0x30 and 0x32, dogecoin 0x1e and 0x16, dash 0x4c, tron 0x41;
# the XRP Ledger 0x00 in its own alphabet; zcash two bytes.
_BASE58: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(f"[13LMDAXT][{_CHARACTERS}]{{25,34}}"), base58check_holds),
    (re.compile(f"r[{_CHARACTERS}]{{24,34}}"), lambda address: base58check_holds(address, alphabet=RIPPLE58)),
    (re.compile(f"t[13][{_CHARACTERS}]{{33}}"), lambda address: base58check_holds(address, payload=22)),
)
_UNCHECKED: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = (
    (re.compile(f"[48][{_CHARACTERS}]{{94}}(?:[{_CHARACTERS}]{{11}})?"), lambda _: True),
    (re.compile(f"[{_CHARACTERS}]{{32,44}}"), _solana_length),
)
_RULE_ONLY = frozenset({Doubt.LENGTH_RULE_ONLY})


def _doubt_unless(holds: bool) -> frozenset[Doubt]:
    return frozenset(() if holds else {Doubt.CHECK_DIGIT_FAILED})


def _bare(text: str) -> str:
    """The address without a payment URI or an explorer's URL around it."""
    explored = _EXPLORER.fullmatch(text)
    if explored:
        return explored[1]
    uri = _SCHEME.fullmatch(text)
    return re.split(r"[?@]", uri[1], maxsplit=1)[0] if uri else text


def _without_case(kind: Kind, text: str) -> tuple[str, frozenset[Doubt]] | None:
    """(address, doubts) of a form in which case means nothing; else None. Raises wrong_characters where case is mixed."""
    lowered = text.lower()
    evm = _EVM.fullmatch(lowered)
    if evm:
        return f"0x{evm[1]}", _RULE_ONLY
    if _TON_RAW.fullmatch(lowered):
        return lowered, _RULE_ONLY
    cash = _CASH.fullmatch(lowered)
    if cash is None and not _SEGWIT.fullmatch(lowered) and not _BECH32.fullmatch(lowered):
        return None
    # BIP 173 and CashAddr: all upper (in QR codes) or all lower, never mixed.
    if text.removeprefix("bitcoincash:") not in (lowered.removeprefix("bitcoincash:"), text.removeprefix("bitcoincash:").upper()):
        raise NotNormalisable(kind, Reason.WRONG_CHARACTERS)
    if cash:
        return f"bitcoincash:{cash[1]}", _doubt_unless(cashaddr_checksum_holds(f"bitcoincash:{cash[1]}"))
    holds = segwit_checksum_holds if _SEGWIT.fullmatch(lowered) else bech32_checksum_holds
    return lowered, _doubt_unless(holds(lowered))


def _with_case(text: str) -> tuple[str, frozenset[Doubt]] | None:
    """(address, doubts) of a form in which case counts; else None."""
    if _TON_FRIENDLY.fullmatch(text):
        account, holds = ton_account(text)
        return account, _doubt_unless(holds)
    for form, checked in _BASE58:
        if form.fullmatch(text) and checked(text):
            return text, frozenset()
    if any(form.fullmatch(text) and fits(text) for form, fits in _UNCHECKED):
        return text, _RULE_ONLY
    if any(form.fullmatch(text) for form, _ in _BASE58):
        return text, frozenset({Doubt.CHECK_DIGIT_FAILED})
    return None


def read_crypto_address(raw: RawIdentifier) -> tuple[Reading, ...]:
    """The address alone. Raises masked for one shortened with dots, and the errors of form.

    A failed checksum gives check_digit_failed; a form whose checksum is not computed here, or that is of no chain known here,
    length_rule_only.
    """
    text = _bare(written(raw.kind, raw.value, _LONGEST))
    refuse_masked(raw.kind, text)
    if ".." in text:
        raise NotNormalisable(raw.kind, Reason.MASKED)
    found = _without_case(raw.kind, text) or _with_case(text)
    if found is None:
        require(raw.kind, text, r"(?=.*\d)[A-Za-z\d_\-]+", 24, 128)
        found = text, _RULE_ONLY
    return (Reading(raw.kind, *found),)


RULE = Rule(
    Kind.CRYPTO_ADDRESS,
    2,
    None,
    read_crypto_address,
    (
        Example("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        Example("ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@1", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    ),
)
