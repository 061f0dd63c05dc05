"""What both ends of the border ask of TLS: version 1.3, strict certificates, no resumption."""

import os
import ssl
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from node.tls.certificates import Credential
from node.tls.errors import BadMaterial


def harden(context: ssl.SSLContext, own: Credential) -> None:
    """Bring a bare context to the border's rules and give it this node's own certificate.

    Args:
        context: made by `ssl.SSLContext`, with no authority loaded.
        own: the leaf and its private key.

    Raises:
        BadMaterial: the two cannot be used, or do not belong together.
    """
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    _load_own(context, own)


def _load_own(context: ssl.SSLContext, own: Credential) -> None:
    """Python's ssl takes keys from files only. What lies there for that moment is encrypted to a password that nobody keeps."""
    password = os.urandom(32).hex()
    try:
        key = serialization.load_pem_private_key(own.key, password=None).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password.encode()),
        )
        with tempfile.NamedTemporaryFile(prefix="celosia-", suffix=".pem") as file:
            file.write(own.certificate + key)
            file.flush()
            context.load_cert_chain(file.name, password=password)
    except (ValueError, TypeError, OSError) as error:
        # OpenSSL's own errors are OSErrors too; none of them names a byte of the key.
        why = getattr(error, "strerror", None) or type(error).__name__
        raise BadMaterial(f"own certificate: it cannot be used with its key ({why}); give a PEM leaf and its PEM key") from None


def trusting(authority: Path) -> ssl.SSLContext:
    """A client's context that trusts one authority (a PEM file) and speaks TLS 1.3 only: for the directory's server.

    Raises:
        BadMaterial: the file cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.hostname_checks_common_name = False
    try:
        context.load_verify_locations(cafile=authority)
    except (OSError, ssl.SSLError) as error:
        raise BadMaterial("directory: its TLS authority is not a readable certificate; give the PEM file") from error
    return context
