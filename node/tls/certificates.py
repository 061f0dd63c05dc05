"""A state's own small certificate authority, the leaves it issues, and the pins that name them.

Every state runs one authority. The directory carries its certificate and the SHA-256 pins of the leaves in use, so a
leaf counts twice: its chain must end in that state's authority, and its key must be pinned.

Keys are ECDSA on P-256: TLS 1.3 makes that signature scheme mandatory (RFC 8446, section 9.1), so every library and
every hardware module that a national administration may own can hold one.
"""

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.tls.errors import BadMaterial

CLOCK_SKEW = timedelta(minutes=5)
"""How far a certificate is dated back, so that a peer whose clock runs behind takes it at once."""

MAX_DAYS = 20 * 365
"""The longest life of a certificate; an authority is meant to be replaced long before."""

_PEM_START = b"-----BEGIN CERTIFICATE-----"
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_STATE = re.compile(r"[A-Z]{2}")
_MAX_HOST_NAME = 253


@dataclass(frozen=True)
class Credential:
    """A certificate (PEM) and its private key (PEM, PKCS #8, not encrypted): in memory only. The key never shows in `repr`."""

    certificate: bytes
    key: bytes = field(repr=False)


def create_authority(name: str, now: datetime, days: int) -> Credential:
    """Make a state's authority: self-signed, good for signing leaves and nothing else.

    Args:
        name: the common name, 1 to 64 characters (RFC 5280, appendix A.1, `ub-common-name`).
        now: the time of issue, with a time zone.
        days: how long it lives, 1 to `MAX_DAYS`.

    Raises:
        BadMaterial: an argument is out of range.
    """
    begin, end = _lifetime(now, days)
    if not 1 <= len(name) <= 64:
        raise BadMaterial(f"authority name: {len(name)} characters; give 1 to 64")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = (
        _certificate(subject, subject, key.public_key(), begin, end)
        # A leaf only may follow: no authority below this one.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return _signed(builder, key, key)


def issue_leaf(authority: Credential, hosts: Sequence[str], state: str, now: datetime, days: int) -> Credential:
    """Issue a leaf for a node: one certificate that serves and calls, under a fresh key.

    The profile is RFC 5280, section 4.2, as OpenSSL's strict mode checks it.

    Args:
        authority: the state's authority.
        hosts: at least one DNS name (lower case, no wildcard) or IP address; every one becomes a subject
            alternative name.
        state: two capital letters, ISO 3166-1.
        now: the time of issue, with a time zone.
        days: how long the leaf lives, 1 to `MAX_DAYS`, and no longer than its authority.

    Raises:
        BadMaterial: an argument is out of range, or the authority cannot sign.
    """
    begin, end = _lifetime(now, days)
    if not _STATE.fullmatch(state):
        raise BadMaterial("leaf: the state is not two capital letters; give its ISO 3166-1 code, such as CO")
    if not hosts:
        raise BadMaterial("leaf: no host given; name at least the one in the peer URL")
    names = [host_name(host) for host in hosts]
    issuer, issuer_key = load_authority(authority.certificate), _private_key(authority.key)
    if issuer.public_key() != issuer_key.public_key():
        raise BadMaterial("leaf: the authority's key does not belong to its certificate; give the matching pair")
    if end > issuer.not_valid_after_utc:
        last = issuer.not_valid_after_utc.date()
        raise BadMaterial(f"leaf: it would outlive its authority, which ends on {last}; ask for fewer days")
    key = ec.generate_private_key(ec.SECP256R1())
    issuer_identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _certificate(leaf_subject(state), issuer.subject, key.public_key(), begin, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_identifier), critical=False)
    )
    return _signed(builder, key, issuer_key)


def spki_pin(certificate: bytes) -> str:
    """The pin of a certificate (DER or PEM): SHA-256 of its SubjectPublicKeyInfo, 64 lower-case hex digits.

    The digest is that of RFC 7469, section 2.4. It names the key, so a renewal under the same key keeps its pin.

    Raises:
        BadMaterial: the bytes are not one certificate, or its key is of an unknown kind.
    """
    try:
        key = load_certificate(certificate).public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise BadMaterial("certificate: its key is of no kind that TLS 1.3 could use; renew it on P-256") from error
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def load_certificate(certificate: bytes) -> x509.Certificate:
    """Parse exactly one certificate, DER or PEM; what prints to other bytes is refused.

    Raises:
        BadMaterial: the bytes are not one certificate.
    """
    is_pem = certificate.startswith(_PEM_START)
    encoding = serialization.Encoding.PEM if is_pem else serialization.Encoding.DER
    try:
        parsed = x509.load_pem_x509_certificate(certificate) if is_pem else x509.load_der_x509_certificate(certificate)
    except (ValueError, x509.InvalidVersion) as error:  # the latter is no ValueError
        raise BadMaterial("certificate: the bytes are neither DER nor PEM; give one X.509 certificate") from error
    if parsed.public_bytes(encoding) != certificate:
        raise BadMaterial("certificate: more than one certificate, or other text around it; give that one alone")
    if parsed.serial_number < 1:  # RFC 5280, section 4.1.2.2; what reads it today may not tomorrow
        raise BadMaterial("certificate: its serial number is not positive; issue it again")
    return parsed


def load_authority(certificate: bytes) -> x509.Certificate:
    """Parse one certificate (PEM) that may stand as a trust anchor: a self-signed authority.

    A leaf or a cross-signed certificate taken as an anchor would let others sign for that state.

    Raises:
        BadMaterial: it is not one certificate in PEM, or not that of a self-signed authority.
    """
    if not certificate.startswith(_PEM_START):
        raise BadMaterial("authority: the certificate is not in PEM; give it as the directory carries it")
    parsed = load_certificate(certificate)
    try:
        parsed.verify_directly_issued_by(parsed)
        authority = parsed.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        # Strict mode wants this identifier in every authority, and a leaf has to repeat it.
        parsed.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound, x509.DuplicateExtension) as error:
        raise BadMaterial("authority: the certificate does not sign itself; give the state's own authority") from error
    except UnsupportedAlgorithm as error:
        raise BadMaterial("authority: its key is of no kind that TLS 1.3 could use; renew it on P-256") from error
    if not authority:
        raise BadMaterial("authority: the certificate may not sign others; give the state's own authority")
    return parsed


def in_force(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether `now`, a time with a zone, lies within the certificate's period (RFC 5280, section 4.1.2.5: both ends count)."""
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _lifetime(now: datetime, days: int) -> tuple[datetime, datetime]:
    if now.tzinfo is None:
        raise BadMaterial("certificate: the time of issue has no time zone; give it with one")
    if not 1 <= days <= MAX_DAYS:
        raise BadMaterial(f"certificate: {days} days of life; give 1 to {MAX_DAYS}")
    begin = now.astimezone(UTC).replace(microsecond=0)
    return begin - CLOCK_SKEW, begin + timedelta(days=days)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, begin: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
    )


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=certificates,
        crl_sign=certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(
    builder: x509.CertificateBuilder, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> Credential:
    certificate = builder.sign(issuer_key, hashes.SHA256())
    return Credential(
        certificate=certificate.public_bytes(serialization.Encoding.PEM),
        key=key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )


def _private_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        raise BadMaterial("authority key: not a private key in PEM without a password; give that file") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise BadMaterial("authority key: not an elliptic-curve key; make the authority with this node's own command")
    return key


def leaf_subject(state: str) -> x509.Name:
    """The subject of a state's leaves. Peers go by key and host name; this one is for readers."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, state),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Celosia node {state}"),
        ]
    )


def host_name(host: str) -> x509.GeneralName:
    """A DNS name (lower case, no wildcard) or an IP address as a certificate carries it. Raises `BadMaterial`."""
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        labels = host.split(".")
    if len(host) > _MAX_HOST_NAME or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise BadMaterial("leaf: a host is neither an IP address nor a lower-case DNS name without wildcard")
    return x509.DNSName(host)
