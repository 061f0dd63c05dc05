"""Where a secret comes from: four forms, read strictly, and nothing of them repeated."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.custody.errors import KeyFault, KeysUnusable
from node.custody.uri import FileSecret, PromptSecret, TokenObject, VariableSecret, parse_uri

TOKEN = "pkcs11:token=T%20one;object=node;type=secret-key?module-path=/usr/lib/m.so&pin-source=file:/run/pin"


def test_each_form_is_read() -> None:
    assert parse_uri("file:keys/node.key") == FileSecret(Path("keys/node.key"))
    assert parse_uri("file:///run/secrets/node") == parse_uri("file:/run/secrets/node") == FileSecret(Path("/run/secrets/node"))
    assert parse_uri("env:CELOSIA_NODE_KEY") == VariableSecret("CELOSIA_NODE_KEY")
    assert parse_uri("prompt:") == PromptSecret()
    assert parse_uri(TOKEN) == TokenObject("T one", "node", "secret-key", Path("/usr/lib/m.so"), FileSecret(Path("/run/pin")))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "file:",
        "file:a\0b",
        "env:",
        "env:1A",
        "env:A B",
        "prompt:x",
        "http://example.org",
        "pkcs11:",
        TOKEN.replace("token=T%20one;", ""),
        TOKEN.replace("object=node", "object="),
        TOKEN.replace("secret-key", "cert"),
        TOKEN.replace("&pin-source=file:/run/pin", ""),
        TOKEN.replace("&pin-source=file:/run/pin", "&pin-value=1234"),
        TOKEN + "&pin-value=1234",
        TOKEN.replace("token=", "token=a;token="),
        TOKEN.replace("node;", "node;serial=1;"),
        TOKEN.replace("object=node", "object=a%00b"),
    ],
)
def test_anything_else_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(KeysUnusable) as caught:
        parse_uri(text)
    assert caught.value.fault is KeyFault.URI_UNUSABLE
    assert caught.value.facts == {}


@given(st.text(max_size=40))
def test_no_text_does_anything_else_than_parse_or_be_refused(text: str) -> None:
    for scheme in ("", "file:", "env:", "pkcs11:", "pkcs11:token=a;object=b;type=private?"):
        try:
            parse_uri(scheme + text)
        except KeysUnusable as error:
            assert error.fault is KeyFault.URI_UNUSABLE
