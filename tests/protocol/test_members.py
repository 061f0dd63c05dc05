"""What the member states sign about one of them: keys of log and witness, under names that nobody can borrow."""

import json
from typing import Any

import pytest
import rfc8785

from crypto.note import SignatureType
from crypto.signing import SigningKey
from protocol import limits
from protocol.authority import Authority
from protocol.checkpoint import Checkpoint, origin_of, witness_name_of
from protocol.errors import Malformed
from protocol.members import FormerLog, MemberEntry, MemberKeys, shared_keys
from protocol.wire import to_base64url
from tests.protocol.federation import BR, CO, PE, log_secret, member_entry, member_keys, octets, witness_secret

SMALL_ORDER = bytes([1]) + bytes(31)


def former(authority: Authority, number: int = 0) -> FormerLog:
    """A log that an authority has closed."""
    key = SigningKey.from_seed(octets(f"former log key of {authority}, {number}")).public
    return FormerLog(origin=origin_of(authority, key), key=bytes(key), size=41 + number, root=octets("root"))


def test_the_keys_are_read_as_a_log_and_its_witness_need_them() -> None:
    entry = member_entry(PE)
    assert (entry.log.note_key.name, entry.log.note_key.type) == (entry.log.origin, SignatureType.ED25519)
    assert entry.log.note_key.key == log_secret(PE).public
    assert (entry.witness.note_key.name, entry.witness.note_key.type) == (entry.witness.name, SignatureType.COSIGNATURE)
    assert entry.witness.note_key.key == witness_secret(PE).public


def test_a_nodes_keys_go_into_the_entry_as_they_are() -> None:
    keys = MemberKeys.from_bytes(member_keys(PE).to_bytes())
    assert (keys.log, keys.witness) == (member_entry(PE).log, member_entry(PE).witness)


def test_former_logs_are_kept_with_what_they_ended_with() -> None:
    entry = MemberEntry.from_bytes(member_entry(PE, former_logs=(former(PE), former(PE, 1))).to_bytes())
    assert [each.last.size for each in entry.former_logs] == [41, 42]
    assert entry.former_logs[0].last == Checkpoint(former(PE).origin, 41, octets("root"))
    many = tuple(former(PE, number) for number in range(limits.FORMER_LOGS + 1))
    with pytest.raises(Malformed):
        MemberEntry.from_bytes(member_entry(PE, former_logs=many).to_bytes())


def changed(path: tuple[str, ...], value: Any) -> bytes:
    """An entry of Peru with one value exchanged."""
    entry: dict[str, Any] = json.loads(member_entry(PE, former_logs=(former(PE),)).to_bytes())
    place = entry["former_logs"][0] if path[0] == "former" else entry[path[0]]
    place[path[1]] = value
    return rfc8785.dumps(entry)


@pytest.mark.parametrize("path", [("log", "key"), ("witness", "key"), ("former", "key")])
@pytest.mark.parametrize("key", [SMALL_ORDER, b"\xff" * 32])
def test_a_key_that_is_none_is_refused_when_it_is_read(path: tuple[str, str], key: bytes) -> None:
    with pytest.raises(Malformed, match="unsound_key"):
        MemberEntry.from_bytes(changed(path, to_base64url(key)))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (("log", "origin"), origin_of(CO, log_secret(PE).public)),
        (("log", "origin"), origin_of(PE, log_secret(CO).public)),
        (("log", "origin"), witness_name_of(PE, log_secret(PE).public)),
        (("witness", "name"), witness_name_of(CO, witness_secret(PE).public)),
        (("witness", "name"), origin_of(PE, witness_secret(PE).public)),
        (("former", "origin"), origin_of(CO, log_secret(PE).public)),
    ],
)
def test_a_name_that_state_and_key_do_not_give_is_refused(path: tuple[str, str], name: str) -> None:
    with pytest.raises(Malformed, match="other_name"):
        MemberEntry.from_bytes(changed(path, name))


def test_a_nodes_keys_are_held_to_the_same() -> None:
    keys = json.loads(member_keys(PE).to_bytes())
    keys["log"]["origin"] = origin_of(CO, log_secret(PE).public)
    with pytest.raises(Malformed, match="other_name"):
        MemberKeys.from_bytes(rfc8785.dumps(keys))


def test_one_key_stands_once_in_an_entry() -> None:
    both = MemberKeys.of(PE, log_secret(PE).public, witness_secret(PE).public)
    again = FormerLog(**both.log.model_dump(), size=3, root=octets("root"))
    for entry in (
        member_entry(PE, former_logs=(again,)),
        member_entry(PE, former_logs=(former(PE), former(PE))),
        member_entry(PE, log=both.log.model_copy(update=named(witness_secret(PE)))),
    ):
        with pytest.raises(Malformed, match="key_twice"):
            MemberEntry.from_bytes(entry.to_bytes())


def named(key: SigningKey) -> dict[str, object]:
    """A key of Peru's log."""
    return {"key": bytes(key.public), "origin": origin_of(PE, key.public)}


def test_whoever_shares_a_key_is_found_and_nobody_else() -> None:
    own = [member_entry(state) for state in (CO, PE, BR)]
    assert shared_keys(own) == frozenset()
    log_as_witness = MemberKeys.of(BR, log_secret(BR).public, log_secret(CO).public)
    assert shared_keys([*own[:2], member_entry(BR, witness=log_as_witness.witness)]) == {CO, BR}
    borrowed = MemberKeys.of(BR, log_secret(PE).public, witness_secret(BR).public)
    closed = FormerLog(**borrowed.log.model_dump(), size=1, root=octets("root"))
    assert shared_keys([*own[:2], member_entry(BR, former_logs=(closed,))]) == {PE, BR}
