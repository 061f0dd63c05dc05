"""The node key and the passphrase: from where the settings say, of the form that they must have, and never shown."""

import base64
import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from crypto.stretching import Cost
from node.custody.errors import KeyFault, KeysUnusable
from node.custody.secrets import Custody, NodeKey, Passphrase, make_node_key, nobody, read_node_key, read_passphrase
from node.custody.uri import SecretUri, parse_uri

CHEAP = Cost(1, 8 << 20)
KEY = bytes(range(32))
WORDS = "six invented words of no meaning"


def put(path: Path, text: str) -> SecretUri:
    path.write_text(text)
    path.chmod(0o600)
    return parse_uri(f"file:{path}")


def fault_of(key: SecretUri, folder: Path, environment: dict[str, str] | None = None) -> KeyFault:
    with pytest.raises(KeysUnusable) as caught:
        read_node_key(key, folder, environment or {})
    return caught.value.fault


@pytest.mark.parametrize(
    "written",
    [
        KEY.hex(),
        KEY.hex().upper() + "\n",
        base64.urlsafe_b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("=") + "\r\n",
    ],
)
def test_a_node_key_is_32_bytes_in_hexadecimal_or_base64url(tmp_path: Path, written: str) -> None:
    assert read_node_key(put(tmp_path / "k", written), tmp_path, {}).under == NodeKey(KEY).under
    variable = parse_uri("env:INVENTED_KEY")
    assert read_node_key(variable, tmp_path, {"INVENTED_KEY": written.strip()}).under == NodeKey(KEY).under


@pytest.mark.parametrize("written", ["", "00" * 31, "00" * 33, "not a key", "é" * 32, "A" * 42, "=" * 44])
def test_what_is_no_node_key_is_refused_and_not_repeated(tmp_path: Path, written: str) -> None:
    uri = put(tmp_path / "k", written)
    with pytest.raises(KeysUnusable) as caught:
        read_node_key(uri, tmp_path, {})
    assert caught.value.fault is KeyFault.SECRET_MALFORMED
    assert caught.value.facts == {"source": str(tmp_path / "k")}


def test_a_relative_path_begins_at_the_node_s_folder(tmp_path: Path) -> None:
    put(tmp_path / "k", KEY.hex())
    assert read_node_key(parse_uri("file:k"), tmp_path, {}).under == NodeKey(KEY).under


def test_where_no_node_key_can_come_from(tmp_path: Path) -> None:
    assert fault_of(parse_uri("env:ABSENT"), tmp_path) is KeyFault.VARIABLE_MISSING
    assert fault_of(parse_uri("file:absent"), tmp_path) is KeyFault.MISSING
    assert fault_of(parse_uri("prompt:"), tmp_path) is KeyFault.URI_UNUSABLE


def passphrase(words: str, ask_says: str | None = None, uri: str = "env:WORDS") -> Passphrase:
    return read_passphrase(parse_uri(uri), Path("/nowhere"), {"WORDS": words}, lambda: ask_says, os.urandom, CHEAP)


def test_a_passphrase_can_be_typed_but_only_where_somebody_can_type() -> None:
    typed = passphrase("", WORDS, "prompt:")
    same = passphrase(WORDS)
    assert typed.key_for(same.under) is not None
    with pytest.raises(KeysUnusable) as caught:
        read_passphrase(parse_uri("prompt:"), Path("/nowhere"), {}, nobody, os.urandom, CHEAP)
    assert caught.value.fault is KeyFault.NO_TERMINAL


@pytest.mark.parametrize("words", ["", "x" * 1025])
def test_a_passphrase_without_a_length_or_with_too_much_is_refused(words: str) -> None:
    with pytest.raises(KeysUnusable) as caught:
        passphrase(words)
    assert caught.value.fault is KeyFault.PASSPHRASE_LENGTH
    assert "xx" not in str(caught.value)


def test_a_short_passphrase_still_opens_and_seals_nothing() -> None:
    short = passphrase("fifteen letters")
    assert short.key_for(short.under) is not None
    with pytest.raises(KeysUnusable):
        short.need_length()
    passphrase("sixteen letters!").need_length()


def test_a_passphrase_in_a_token_is_no_passphrase(tmp_path: Path) -> None:
    uri = "pkcs11:token=a;object=b;type=secret-key?module-path=/m&pin-source=/p"
    with pytest.raises(KeysUnusable) as caught:
        passphrase("", uri=uri)
    assert caught.value.fault is KeyFault.URI_UNUSABLE


def test_a_new_passphrase_takes_a_new_salt_once_and_then_the_salt_that_opened_a_file() -> None:
    one, other = passphrase(WORDS), passphrase(WORDS)
    assert one.under == one.under != other.under
    other.opened(one.under)
    assert other.under == one.under


@pytest.mark.parametrize(
    "under",
    [
        "key:0000000000000000",
        "argon2id:99:8388608:AAAAAAAAAAAAAAAAAAAAAA==",
        "argon2id:1:9999999999:AAAAAAAAAAAAAAAAAAAAAA==",
        "argon2id:1:1:AAAAAAAAAAAAAAAAAAAAAA==",
        "argon2id:1:8388608:AAAAAAAAAAAAAAAAAAAAAAAA",
        "argon2id:1:8388608:====AAAAAAAAAAAAAAAAAAAA",
        "argon2id:1:8388608",
        "",
    ],
)
def test_a_header_that_somebody_changed_costs_nothing(under: str) -> None:
    assert passphrase(WORDS).key_for(under) is None


def test_a_node_key_names_itself_and_knows_no_other_name() -> None:
    key, other = NodeKey(KEY), NodeKey(bytes(32))
    assert key.under != other.under
    assert key.key_for(other.under) is None
    assert KEY.hex()[:16] not in key.under
    assert repr(key) == "<NodeKey: hidden>"


def test_a_node_key_is_made_once_for_its_owner(tmp_path: Path) -> None:
    uri = parse_uri("file:node.key")
    make_node_key(uri, tmp_path, os.urandom)
    assert (tmp_path / "node.key").stat().st_mode & 0o777 == 0o600
    before = read_node_key(uri, tmp_path, {}).under
    with pytest.raises(KeysUnusable) as caught:
        make_node_key(uri, tmp_path, os.urandom)
    assert caught.value.fault is KeyFault.EXISTS
    assert read_node_key(uri, tmp_path, {}).under == before


@pytest.mark.parametrize("uri", ["env:A", "prompt:", "pkcs11:token=a;object=b;type=private?module-path=/m&pin-source=/p"])
def test_a_node_key_is_made_in_no_variable_and_not_as_a_signing_key(tmp_path: Path, uri: str) -> None:
    with pytest.raises(KeysUnusable) as caught:
        make_node_key(parse_uri(uri), tmp_path, os.urandom)
    assert caught.value.fault is KeyFault.URI_UNUSABLE


@pytest.mark.parametrize(
    "named",
    [
        {"node": "env:A", "passphrase": "env:B"},
        {"previous_node": "env:A", "previous_passphrase": "env:B"},
        {"node": "hunter2"},
        {"passphrase": "hunter2"},
        {"colour": "env:A"},
    ],
)
def test_settings_name_one_secret_and_where_it_is_and_repeat_nothing(named: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Custody.model_validate(named)
    assert "hunter2" not in str(caught.value)
