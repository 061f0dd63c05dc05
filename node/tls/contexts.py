"""What both ends of the border ask of TLS: version 1.3, strict certificates, no resumption."""

import ssl
from pathlib import Path

from node.tls.errors import BadMaterial


def harden(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    """Bring a bare context to the border's rules and give it this node's own certificate.

    Args:
        context: made by `ssl.SSLContext`, with no authority loaded.
        certificate: the leaf's PEM file.
        key: its private key's PEM file, without a password.

    Raises:
        BadMaterial: a file cannot be read, or the two do not belong together.
    """
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.maximum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.set_alpn_protocols(["http/1.1"])
    try:
        # A key with a password must fail here: without one given, OpenSSL would stop and ask on the terminal.
        context.load_cert_chain(certificate, key, password="")
    except OSError as error:
        # OpenSSL's own errors are OSErrors too; none of them names a path or a byte of the key.
        raise BadMaterial(
            f"own certificate: {certificate.name} and {key.name} cannot be used together "
            f"({error.strerror or type(error).__name__}); give a PEM leaf and its PEM key without password"
        ) from error


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
