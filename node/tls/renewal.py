"""The next leaf: issued by the state's own authority, or requested from outside and brought along, checked before it is kept."""

import ipaddress
from datetime import datetime, timedelta
from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from node.custody import Vault
from node.durable import write_whole
from node.tls.certificates import Credential, host_name, in_force, issue_leaf, leaf_subject, load_authority, load_certificate
from node.tls.errors import BadMaterial
from node.tls.own import AUTHORITY, NEXT, read_certificate, read_credential, write_credential

LEAST_DAYS = 7
"""A leaf that ends sooner would hardly outlive the officers' meeting that puts it into the directory."""


class LeafFault(StrEnum):
    """Why a next leaf is not made or taken. The text under `leaf.fault.<code>` says it."""

    WAITING = "waiting"
    AUTHORITY_AWAY = "authority_away"
    AUTHORITY_ENDS = "authority_ends"
    NO_REQUEST = "no_request"
    NOT_ONE_CERTIFICATE = "not_one_certificate"
    OTHER_KEY = "other_key"
    OTHER_AUTHORITY = "other_authority"
    OUT_OF_PERIOD = "out_of_period"
    ENDS_SOON = "ends_soon"
    OTHER_NAME = "other_name"
    WRONG_USE = "wrong_use"


class LeafRefused(Exception):
    """The next leaf is not made, or not taken: `fault` says why. What was there stays as it was."""

    code = "leaf_refused"

    def __init__(self, fault: LeafFault, **facts: str | int) -> None:
        self.fault, self.facts = fault, facts
        super().__init__(f"{fault}: {', '.join(f'{name}={value}' for name, value in facts.items())}")


def renew(vault: Vault, host: str, state: str, now: datetime, days: int) -> Credential:
    """Issue the next leaf by the node's own authority, for `days` days, and put it beside the one in use.

    Raises `LeafRefused`, `KeysUnusable`, `BadMaterial`, `OSError`.
    """
    _need_none(vault)
    if not (vault.folder / "tls" / f"{AUTHORITY}.key").exists():
        raise LeafRefused(LeafFault.AUTHORITY_AWAY, file=str(vault.folder / "tls" / f"{AUTHORITY}.key"))
    authority = read_credential(vault, AUTHORITY)
    ends = load_authority(authority.certificate).not_valid_after_utc
    if now + timedelta(days=days) > ends:
        raise LeafRefused(LeafFault.AUTHORITY_ENDS, ends=f"{ends:%Y-%m-%d}")
    leaf = issue_leaf(authority, [host], state, now, days)
    write_credential(vault, NEXT, leaf)
    return leaf


def request(vault: Vault, host: str, state: str) -> bytes:
    """Make the next leaf's key, and a request (PKCS #10, PEM) for an outside authority to certify it.

    Raises `LeafRefused`, `BadMaterial`, `OSError`.
    """
    _need_none(vault)
    key = ec.generate_private_key(ec.SECP256R1())
    wanted = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(leaf_subject(state))
        .add_extension(x509.SubjectAlternativeName([host_name(host)]), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (vault.folder / "tls" / f"{NEXT}.pem").unlink(missing_ok=True)  # a certificate alone is what a stopped `renew` left
    vault.write(vault.folder / "tls" / f"{NEXT}.key", pem)
    return wanted.public_bytes(serialization.Encoding.PEM)


def bring(vault: Vault, certificate: bytes, host: str, now: datetime) -> None:
    """Take the certificate (PEM) that an outside authority made on `request`, if peers would take it too.

    Raises `LeafRefused` with the first check that fails, `KeysUnusable`, `BadMaterial`, `OSError`.
    """
    # 1 there is a request that it answers, and it is one certificate
    key_file = vault.folder / "tls" / f"{NEXT}.key"
    if not key_file.exists():
        raise LeafRefused(LeafFault.NO_REQUEST)
    try:
        leaf = load_certificate(certificate)
    except BadMaterial:
        raise LeafRefused(LeafFault.NOT_ONE_CERTIFICATE) from None
    # 2 its key is the one that was requested
    key = serialization.load_pem_private_key(vault.read(key_file), password=None)
    if leaf.public_key() != key.public_key():
        raise LeafRefused(LeafFault.OTHER_KEY)
    # 3 the authority that the directory names for this state signed it
    try:
        leaf.verify_directly_issued_by(load_authority(read_certificate(vault.folder, AUTHORITY)))
    except (ValueError, TypeError, InvalidSignature):
        raise LeafRefused(LeafFault.OTHER_AUTHORITY) from None
    # 4 its period runs, and long enough
    if not in_force(leaf, now):
        raise LeafRefused(LeafFault.OUT_OF_PERIOD, ends=f"{leaf.not_valid_after_utc:%Y-%m-%d}")
    if leaf.not_valid_after_utc < now + timedelta(days=LEAST_DAYS):
        raise LeafRefused(LeafFault.ENDS_SOON, ends=f"{leaf.not_valid_after_utc:%Y-%m-%d}", days=LEAST_DAYS)
    # 5 it names the address that peers call
    if not _names(leaf, host):
        raise LeafRefused(LeafFault.OTHER_NAME, host=host)
    # 6 it may serve and call, and sign no other certificate
    if not _serves_and_calls(leaf):
        raise LeafRefused(LeafFault.WRONG_USE)
    write_whole(vault.folder / "tls" / f"{NEXT}.pem", certificate)


def _need_none(vault: Vault) -> None:
    """The key counts: it comes last, and goes last."""
    path = vault.folder / "tls" / f"{NEXT}.key"
    if path.exists():
        raise LeafRefused(LeafFault.WAITING, file=str(path))


def _names(leaf: x509.Certificate, host: str) -> bool:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return host in names.get_values_for_type(x509.DNSName)


def _serves_and_calls(leaf: x509.Certificate) -> bool:
    try:
        uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        authority = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        # strict mode (RFC 5280, section 4.2.1.1) wants to see who signed it
        leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return False
    return not authority and {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH} <= set(uses)
