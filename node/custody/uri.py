"""Where a secret comes from, as a URI: `file:PATH`, `env:NAME`, `prompt:`, or `pkcs11:…` (RFC 7512)."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias
from urllib.parse import unquote

from node.custody.errors import KeyFault, KeysUnusable

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_TOKEN_TYPES = ("secret-key", "private")
_PATH_ATTRIBUTES = {"token", "object", "type"}
_QUERY_ATTRIBUTES = {"module-path", "pin-source"}


@dataclass(frozen=True)
class FileSecret:
    """A file; a relative path begins at the node's folder."""

    path: Path


@dataclass(frozen=True)
class VariableSecret:
    """An environment variable."""

    name: str


@dataclass(frozen=True)
class PromptSecret:
    """What somebody types at a terminal: for passphrases."""


@dataclass(frozen=True)
class TokenObject:
    """A key in a PKCS #11 token: `secret-key` for a node key, `private` for a signing key. The PIN comes from a file."""

    token: str
    label: str
    kind: str
    module: Path
    pin: FileSecret


SecretUri: TypeAlias = FileSecret | VariableSecret | PromptSecret | TokenObject


def parse_uri(text: str) -> SecretUri:
    """Read a URI. Raises `KeysUnusable`; the text is not repeated, since somebody may have put a secret there."""
    scheme, _, rest = text.partition(":")
    if scheme == "file" and rest and "\0" not in rest:
        return FileSecret(Path(rest.removeprefix("//")))
    if scheme == "env" and _NAME.fullmatch(rest):
        return VariableSecret(rest)
    if scheme == "prompt" and not rest:
        return PromptSecret()
    if scheme == "pkcs11":
        return _token_object(rest)
    raise KeysUnusable(KeyFault.URI_UNUSABLE)


def _token_object(rest: str) -> TokenObject:
    """RFC 7512 section 2.3, with the attributes that name one key and no others: a PIN in the URI itself would be a secret in
    settings."""
    path, _, query = rest.partition("?")
    named, asked = _attributes(path, ";"), _attributes(query, "&")
    if named.keys() != _PATH_ATTRIBUTES or asked.keys() != _QUERY_ATTRIBUTES or named["type"] not in _TOKEN_TYPES:
        raise KeysUnusable(KeyFault.URI_UNUSABLE)
    return TokenObject(
        token=named["token"],
        label=named["object"],
        kind=named["type"],
        module=Path(asked["module-path"]),
        pin=FileSecret(Path(asked["pin-source"].removeprefix("file:").removeprefix("//"))),
    )


def _attributes(text: str, separator: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(separator)]
    attributes = {name: unquote(value) for name, _, value in pairs}
    if len(attributes) != len(pairs) or not all(value and "\0" not in value for value in attributes.values()):
        raise KeysUnusable(KeyFault.URI_UNUSABLE)
    return attributes
