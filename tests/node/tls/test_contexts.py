from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization

from node.tls.contexts import harden
from node.tls.errors import BadMaterial

if TYPE_CHECKING:
    from pathlib import Path

    from tests.node.tls.conftest import State


def test_a_hardened_context_speaks_tls_1_3_and_checks_strictly(colombia: State) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    harden(context, colombia.certificate, colombia.key)
    assert context.minimum_version == context.maximum_version == ssl.TLSVersion.TLSv1_3
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.keylog_filename is None


def test_files_that_cannot_be_used_are_named_without_their_folder_or_content(
    colombia: State, peru: State, tmp_path: Path
) -> None:
    locked = tmp_path / "locked.key"
    key = serialization.load_pem_private_key(colombia.leaf.key, password=None)
    word = serialization.BestAvailableEncryption(b"word")
    locked.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, word))
    for unusable in (peru.key, colombia.certificate, tmp_path / "absent.key", locked):
        with pytest.raises(BadMaterial) as caught:
            harden(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), colombia.certificate, unusable)
        assert unusable.name in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
