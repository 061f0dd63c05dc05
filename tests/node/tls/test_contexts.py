from __future__ import annotations

import ssl
import tempfile
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import serialization

from node.tls.certificates import Credential
from node.tls.contexts import harden
from node.tls.errors import BadMaterial

if TYPE_CHECKING:
    from pathlib import Path

    from tests.node.tls.conftest import State


def test_a_hardened_context_speaks_tls_1_3_and_checks_strictly(colombia: State) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    harden(context, colombia.leaf)
    assert context.minimum_version == context.maximum_version == ssl.TLSVersion.TLSv1_3
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.keylog_filename is None


def test_a_key_that_cannot_be_used_is_refused_and_nothing_of_it_told(colombia: State, peru: State) -> None:
    locked = serialization.load_pem_private_key(colombia.leaf.key, password=None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"word")
    )
    for unusable in (peru.leaf.key, colombia.leaf.certificate, b"", locked):
        with pytest.raises(BadMaterial) as caught:
            harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Credential(colombia.leaf.certificate, unusable))
        assert "PRIVATE" not in str(caught.value)


def test_the_key_lies_on_no_disk_in_clear_while_it_is_loaded(
    colombia: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    seen: list[bytes] = []

    class Watching(ssl.SSLContext):
        def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
            seen.extend(path.read_bytes() for path in place.iterdir())
            super().load_cert_chain(certfile, keyfile, password)

    harden(Watching(ssl.PROTOCOL_TLS_SERVER), colombia.leaf)
    (during,) = seen
    assert b"ENCRYPTED PRIVATE KEY" in during
    assert b"BEGIN PRIVATE KEY" not in during
    assert list(place.iterdir()) == []
