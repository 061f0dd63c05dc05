"""The node key or passphrase, as the settings say where it is."""

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Self, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from crypto.derivation import hkdf_sha256, keyed_digest
from crypto.errors import BadInput
from crypto.group import RandomBytes
from crypto.sealing import StorageKey
from crypto.secret import Secret
from crypto.stretching import MAX_PASSPHRASE, SALT_SIZE, Cost, stretch
from node.custody import tokens
from node.custody.errors import KeyFault, KeysUnusable
from node.custody.private_files import read_private
from node.custody.uri import FileSecret, PromptSecret, SecretUri, TokenObject, VariableSecret, parse_uri
from node.durable import write_whole

NODE_KEY_BYTES = 32
LEAST_PASSPHRASE = 16
"""Bytes. Asked for when something is sealed: Argon2id makes a guess dear, and does not make a short word long."""
DEFAULT_NODE_KEY = "file:keys/node.key"

Ask: TypeAlias = Callable[[bool], str | None]
"""Asks somebody for the passphrase, or with True for the one before; None where there is no terminal to ask at."""

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_STRETCHED = re.compile(r"argon2id:(?P<rounds>[0-9]{1,2}):(?P<memory>[0-9]{1,10}):(?P<salt>[A-Za-z0-9_=-]{24})")


def _checked(text: str) -> str:
    try:
        parse_uri(text)
    except KeysUnusable:
        raise PydanticCustomError("secret_uri", "not the URI of a secret") from None
    return text


Uri = Annotated[str, AfterValidator(_checked)]


class Custody(BaseModel):
    """Where the secret comes from that all key files of a node are sealed under, and the one before while it is replaced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    node: Uri | None = None
    passphrase: Uri | None = None
    previous_node: Uri | None = None
    previous_passphrase: Uri | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if None not in (self.node, self.passphrase) or None not in (self.previous_node, self.previous_passphrase):
            raise PydanticCustomError("one_secret", "a node key or a passphrase, not both")
        return self


class NodeKey(Secret):
    """32 bytes that key files are sealed under, and the name by which a file says so. The name tells nothing about the key."""

    __slots__ = ("_storage", "under")

    fault: ClassVar = KeyFault.ALTERED
    """What a file that names this key and does not open was: the key is the right one."""

    def __init__(self, secret: bytes) -> None:
        self._storage = StorageKey.from_bytes(hkdf_sha256(secret, b"celosia sealed files 1", NODE_KEY_BYTES))
        self.under = f"key:{keyed_digest(secret, b'celosia node key id 1', 16)[:8].hex()}"

    def key_for(self, under: str) -> StorageKey | None:
        """The key of a file that says `under`; None if that is not this one."""
        return self._storage if under == self.under else None

    def opened(self, under: str) -> None:
        """Nothing to learn from that."""


class Passphrase:
    """A passphrase. It is stretched once for each salt that files name, and new files take the salt that opened one last."""

    fault: ClassVar = KeyFault.WRONG_PASSPHRASE
    """What is said of a file that does not open: a wrong passphrase and a changed file cannot be told apart."""

    def __init__(self, words: bytes, random: RandomBytes, cost: Cost) -> None:
        self._words, self._random, self._cost = words, random, cost
        self._stretched: dict[str, StorageKey] = {}
        self._last: str | None = None

    @property
    def under(self) -> str:
        """How a file that is sealed now names cost and salt."""
        if self._last is None:
            salt = base64.urlsafe_b64encode(self._random(SALT_SIZE)).decode()
            self._last = f"argon2id:{self._cost.rounds}:{self._cost.memory}:{salt}"
        return self._last

    def key_for(self, under: str) -> StorageKey | None:
        """The key that this passphrase gives with a file's cost and salt; None if `under` is not of that form."""
        if under not in self._stretched:
            form = _STRETCHED.fullmatch(under)
            if form is None:
                return None
            try:
                cost, salt = Cost(int(form["rounds"]), int(form["memory"])), base64.b64decode(form["salt"], b"-_", validate=True)
                secret = stretch(self._words, salt, cost)
            except (BadInput, ValueError):
                return None
            self._stretched[under] = StorageKey.from_bytes(hkdf_sha256(secret, b"celosia sealed files 1", NODE_KEY_BYTES))
        return self._stretched[under]

    def opened(self, under: str) -> None:
        """A file that says `under` was opened: seal what comes under the same salt, which costs no second stretching."""
        self._last = under

    def need_length(self) -> None:
        """Raises `KeysUnusable` for a passphrase that is too short to seal anything under."""
        if len(self._words) < LEAST_PASSPHRASE:
            raise KeysUnusable(KeyFault.PASSPHRASE_LENGTH, least=LEAST_PASSPHRASE, most=MAX_PASSPHRASE)


def read_node_key(uri: SecretUri, folder: Path, environment: Mapping[str, str]) -> NodeKey:
    """The node key: 32 bytes in hex or base64url from a file or variable, or derived in a token. Raises `KeysUnusable`."""
    if isinstance(uri, TokenObject):
        return NodeKey(tokens.derive_node_key(uri, folder))
    source, raw = _text(uri, folder, environment)
    try:
        secret = (
            bytes.fromhex(raw) if _HEX.fullmatch(raw) else base64.b64decode(raw + "=" * (-len(raw) % 4), b"-_", validate=True)
        )
    except ValueError:
        secret = b""
    if len(secret) != NODE_KEY_BYTES:
        raise KeysUnusable(KeyFault.SECRET_MALFORMED, source=source)
    return NodeKey(secret)


def read_passphrase(
    uri: SecretUri, folder: Path, environment: Mapping[str, str], ask: Callable[[], str | None], random: RandomBytes, cost: Cost
) -> Passphrase:
    """The passphrase: the first line of a file, a variable, or what is typed. Raises `KeysUnusable`."""
    if isinstance(uri, PromptSecret):
        typed = ask()
        if typed is None:
            raise KeysUnusable(KeyFault.NO_TERMINAL)
        words = typed
    elif isinstance(uri, TokenObject):
        raise KeysUnusable(KeyFault.URI_UNUSABLE)
    else:
        _, words = _text(uri, folder, environment)
    raw = words.encode("utf-8", "surrogateescape")
    if not 1 <= len(raw) <= MAX_PASSPHRASE:
        raise KeysUnusable(KeyFault.PASSPHRASE_LENGTH, least=LEAST_PASSPHRASE, most=MAX_PASSPHRASE)
    return Passphrase(raw, random, cost)


def make_node_key(uri: SecretUri, folder: Path, random: RandomBytes) -> None:
    """Make a new node key where `uri` says: in a file or a token that has none there yet. Raises `KeysUnusable`, `OSError`."""
    if isinstance(uri, TokenObject) and uri.kind == "secret-key":
        tokens.make_node_key(uri, folder)
        return
    if not isinstance(uri, FileSecret):
        raise KeysUnusable(KeyFault.URI_UNUSABLE)
    path = folder / uri.path
    if path.exists() or path.is_symlink():
        raise KeysUnusable(KeyFault.EXISTS, file=str(path))
    write_whole(path, random(NODE_KEY_BYTES).hex().encode() + b"\n")


def _text(uri: SecretUri, folder: Path, environment: Mapping[str, str]) -> tuple[str, str]:
    """What the source is called, and the text that stands there."""
    if isinstance(uri, FileSecret):
        raw = read_private(folder / uri.path)
        return str(uri.path), raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
    if isinstance(uri, VariableSecret):
        value = environment.get(uri.name)
        if value is None:
            raise KeysUnusable(KeyFault.VARIABLE_MISSING, name=uri.name)
        return uri.name, value
    raise KeysUnusable(KeyFault.URI_UNUSABLE)


def nobody(_previous: bool = False) -> str | None:
    """An `Ask` where there is nobody to ask."""
    return None
