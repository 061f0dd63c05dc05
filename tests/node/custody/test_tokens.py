"""Keys in a token, against SoftHSM 2: what is made there stays there, signs as RFC 8032 says, and fails in words."""

import os
import threading
from pathlib import Path

import pkcs11
import pytest
from pkcs11 import Attribute, ObjectClass
from pkcs11.exceptions import AttributeSensitive

from crypto.errors import BadSignature
from node.custody import Custody, KeyFault, KeysUnusable, open_vault
from node.custody.errors import KeyFault as Fault
from node.custody.secrets import make_node_key
from node.custody.tokens import TokenSigner, derive_node_key, make_signing_key
from node.custody.uri import TokenObject, parse_uri
from tests.node.custody.softhsm import PIN, TOKEN, SoftHsm

HERE = Path("/")
ABSENT = "pkcs11:token=a;object=b;type=private?module-path=/nowhere/lib.so&pin-source=file:{pin}"


def token_object(uri: str) -> TokenObject:
    parsed = parse_uri(uri)
    assert isinstance(parsed, TokenObject)
    return parsed


def refusal(uri: str) -> KeysUnusable:
    with pytest.raises(KeysUnusable) as caught:
        TokenSigner(token_object(uri), HERE)
    assert PIN not in str(caught.value)
    return caught.value


def test_a_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(0o600)
    assert refusal(ABSENT.format(pin=tmp_path / "pin")).fault is Fault.MODULE_UNUSABLE


def test_a_pin_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(0o644)
    assert refusal(ABSENT.format(pin=tmp_path / "pin")).fault is Fault.OPEN_TO_OTHERS


@pytest.mark.system
def test_a_signing_key_is_made_in_the_token_signs_there_and_does_not_come_out(softhsm: SoftHsm) -> None:
    where = token_object(softhsm.uri("signing-1"))
    make_signing_key(where, HERE)
    signer, again = TokenSigner(where, HERE), TokenSigner(where, HERE)
    assert signer.public == again.public
    for message in (b"", b"an invented message", bytes(100_000)):
        signature = signer.sign(message)
        signer.public.verify(message, signature)
        assert signature == again.sign(message)  # Ed25519 has no randomness
        with pytest.raises(BadSignature):
            signer.public.verify(message + b"!", signature)
    with pkcs11.lib(str(softhsm.module)).get_token(token_label=TOKEN).open(user_pin=PIN) as session:
        (private,) = session.get_objects({Attribute.LABEL: "signing-1", Attribute.CLASS: ObjectClass.PRIVATE_KEY})
        with pytest.raises(AttributeSensitive):
            private[Attribute.VALUE]


@pytest.mark.system
def test_many_threads_sign_at_once(softhsm: SoftHsm) -> None:
    where = token_object(softhsm.uri("signing-threads"))
    make_signing_key(where, HERE)
    signers, failed = [TokenSigner(where, HERE) for _ in range(2)], []

    def sign(signer: TokenSigner, number: int) -> None:
        try:
            signer.public.verify(str(number).encode(), signer.sign(str(number).encode()))
        except (KeysUnusable, BadSignature) as error:
            failed.append(error)

    threads = [threading.Thread(target=sign, args=(signers[number % 2], number)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


@pytest.mark.system
def test_a_node_key_is_derived_in_the_token_and_opens_what_was_sealed_under_it(softhsm: SoftHsm, tmp_path: Path) -> None:
    (tmp_path / "keys").mkdir(mode=0o700)
    uri = softhsm.uri("node-1", "secret-key")
    make_node_key(parse_uri(uri), tmp_path, os.urandom)
    path = tmp_path / "keys" / "storage.key"
    open_vault(tmp_path, Custody(node=uri)).write(path, b"an invented secret")
    assert open_vault(tmp_path, Custody(node=uri)).read(path) == b"an invented secret"
    other = softhsm.uri("node-2", "secret-key")
    make_node_key(parse_uri(other), tmp_path, os.urandom)
    with pytest.raises(KeysUnusable) as caught:
        open_vault(tmp_path, Custody(node=other)).read(path)
    assert caught.value.fault is KeyFault.ANOTHER_KEY
    assert list(open_vault(tmp_path, Custody(node=other, previous_node=uri)).rewrap()) == [path]
    assert open_vault(tmp_path, Custody(node=other)).read(path) == b"an invented secret"
    assert len(derive_node_key(token_object(uri), tmp_path)) == 32


@pytest.mark.system
def test_a_key_is_made_once(softhsm: SoftHsm) -> None:
    where = token_object(softhsm.uri("signing-once"))
    make_signing_key(where, HERE)
    public = TokenSigner(where, HERE).public
    with pytest.raises(KeysUnusable) as caught:
        make_signing_key(where, HERE)
    assert caught.value.fault is Fault.EXISTS
    assert TokenSigner(where, HERE).public == public


@pytest.mark.system
def test_what_is_wrong_with_a_token_is_told_apart(softhsm: SoftHsm, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong-pin"
    wrong.write_text("9999")
    wrong.chmod(0o600)
    make_node_key(parse_uri(softhsm.uri("node-3", "secret-key")), tmp_path, os.urandom)
    assert refusal(softhsm.uri("absent")).fault is Fault.OBJECT_MISSING
    assert refusal(softhsm.uri("node-3")).fault is Fault.OBJECT_MISSING  # there, and no signing key
    assert refusal(softhsm.uri("absent", token="absent")).fault is Fault.TOKEN_MISSING
    assert refusal(softhsm.uri("absent", pin=wrong)).fault is Fault.PIN_REFUSED
