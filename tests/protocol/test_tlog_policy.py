"""The policy file: logs, witnesses and how many of them, in one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.note import NoteKey
from crypto.signing import SigningKey
from protocol import limits
from protocol.checkpoint import Quorum, log_key, witness_key
from protocol.errors import Malformed, ProtocolError, TooLarge
from protocol.tlog_policy import LogPolicy
from tests.protocol.federation import CO, octets
from tests.protocol.logs import EC, LOG, POLICY, QUORUM, UY, WITNESSES, name_of, secret_of, witness

TEXT = POLICY.to_bytes().decode()
OTHER = SigningKey.from_seed(octets("another key, worth nothing")).public


def test_a_policy_names_logs_witnesses_and_how_many() -> None:
    assert TEXT.splitlines() == [
        f"log {LOG.to_text()}",
        *(f"witness {each.name} {each.to_text()}" for each in WITNESSES),
        f"group witnesses 2 {' '.join(each.name for each in WITNESSES)}",
        "quorum witnesses",
    ]
    assert LogPolicy.from_bytes(TEXT.encode()) == POLICY


@pytest.mark.parametrize("logs", [(), (LOG,), (LOG, log_key("another.example/log", OTHER))])
@pytest.mark.parametrize("quorum", [None, QUORUM, Quorum(3, WITNESSES), Quorum(1, WITNESSES[:1])])
def test_a_policy_comes_back_from_its_bytes(logs: tuple[NoteKey, ...], quorum: Quorum | None) -> None:
    policy = LogPolicy(logs, quorum)
    assert LogPolicy.from_bytes(policy.to_bytes()) == policy


def test_without_a_quorum_no_witness_is_named() -> None:
    assert LogPolicy((LOG,), None).to_bytes().decode() == f"log {LOG.to_text()}\nquorum none\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum none",
        "\nquorum none\n",
        "# a comment\nquorum none\n",
        "quorum  none\n",
        " quorum none\n",
        "quorum none\nquorum none\n",
        "quorum nobody\n",
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("group witnesses 2", "group witnesses all"),
        TEXT.replace("group witnesses 2", "group witnesses any"),
        TEXT.replace("group witnesses 2", "group witnesses 02"),
        TEXT.replace("group witnesses 2", "group witnesses 0"),
        TEXT.replace("group witnesses 2", "group witnesses 4"),
        TEXT.replace("group witnesses 2", "group witnesses ٢"),
        TEXT.replace("group witnesses 2", "group witnesses 99999"),
        TEXT.replace("quorum witnesses", "quorum none"),
        TEXT.replace("quorum witnesses", f"quorum {name_of(EC)}"),
        TEXT.replace(f"witness {name_of(CO)} ", "witness co "),
        TEXT.replace(LOG.to_text(), f"{LOG.to_text()} https://pe.celosia.example/"),
        TEXT.replace(f" {name_of(UY)}\n", "\n"),
        TEXT.replace(LOG.id.hex(), "00000000"),
        "\n".join(reversed(TEXT.split("\n"))),
        TEXT + TEXT,
    ],
)
def test_what_is_spelt_otherwise_is_refused(text: str) -> None:
    assert text != TEXT
    with pytest.raises(Malformed):
        LogPolicy.from_bytes(text.encode())


def test_bytes_that_are_no_text_and_too_many_are_refused() -> None:
    with pytest.raises(Malformed, match="form"):
        LogPolicy.from_bytes(b"log \xff\n")
    with pytest.raises(TooLarge):
        LogPolicy.from_bytes(b"\n" * (limits.LOG_POLICY_BYTES + 1))


def test_keys_that_could_be_taken_for_each_other_are_refused() -> None:
    with pytest.raises(Malformed, match="other_type"):
        LogPolicy((witness(CO),), None)
    for logs in ((LOG, log_key("another.example/log", LOG.key)), (LOG, log_key(LOG.name, OTHER))):
        with pytest.raises(Malformed, match="key_twice"):
            LogPolicy(logs, None)
    for name in ("none", "witnesses"):
        with pytest.raises(Malformed, match="name"):
            LogPolicy((LOG,), Quorum(1, (witness_key(name, secret_of(CO).public),)))


def test_a_quorum_that_nobody_can_reach_is_no_policy() -> None:
    with pytest.raises(Malformed, match="number"):
        LogPolicy((LOG,), Quorum(len(WITNESSES) + 1, WITNESSES))


@given(st.data())
def test_no_byte_of_a_policy_can_be_another(data: st.DataObject) -> None:
    raw = bytearray(TEXT.encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    try:
        policy = LogPolicy.from_bytes(bytes(raw))
    except ProtocolError:
        return
    assert policy != POLICY  # 2 of 3 became 1 or 3 of 3
    assert policy.to_bytes() == bytes(raw)
