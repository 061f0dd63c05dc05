from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from node.tls.certificates import (
    CLOCK_SKEW,
    MAX_DAYS,
    Credential,
    create_authority,
    issue_leaf,
    load_authority,
    load_certificate,
    spki_pin,
)
from node.tls.errors import BadMaterial

if TYPE_CHECKING:
    pass

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
AUTHORITY = create_authority("Autoridad inventada CO", NOW, 365)
LEAF = issue_leaf(AUTHORITY, ["nodo.example.org", "192.0.2.7", "2001:db8::7"], "CO", NOW, 30)


def _parsed(credential: Credential) -> x509.Certificate:
    return x509.load_pem_x509_certificate(credential.certificate)


def test_an_authority_signs_leaves_and_nothing_else() -> None:
    certificate = _parsed(AUTHORITY)
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert constraints.critical and usage.critical
    assert constraints.value == x509.BasicConstraints(ca=True, path_length=0)
    assert usage.value.key_cert_sign and not usage.value.digital_signature
    certificate.verify_directly_issued_by(certificate)


def test_a_leaf_serves_and_calls_under_the_names_it_was_given() -> None:
    certificate = _parsed(LEAF)
    certificate.verify_directly_issued_by(_parsed(AUTHORITY))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["nodo.example.org"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7", "2001:db8::7"]
    purposes = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(purposes) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    assert certificate.subject.rfc4514_string() == "CN=Celosia node CO,C=CO"


def test_a_certificate_begins_early_enough_for_a_clock_that_runs_behind() -> None:
    certificate = _parsed(issue_leaf(AUTHORITY, ["localhost"], "CO", NOW.astimezone(timezone(timedelta(hours=-5))), 30))
    assert certificate.not_valid_before_utc == NOW - CLOCK_SKEW
    assert certificate.not_valid_after_utc == NOW + timedelta(days=30)


def test_keys_never_show_in_a_repr() -> None:
    assert "PRIVATE" not in repr(LEAF)
    assert LEAF.key.decode().splitlines()[1] not in repr(LEAF)


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["*.example.org"],
        ["Nodo.example.org"],
        ["nodo..org"],
        ["-a.org"],
        ["a" * 64 + ".org"],
        ["ñ.org"],
        ["x." * 130 + "org"],
        [""],
    ],
)
def test_hosts_that_are_no_names_are_refused(hosts: list[str]) -> None:
    with pytest.raises(BadMaterial, match="host"):
        issue_leaf(AUTHORITY, hosts, "CO", NOW, 30)


@pytest.mark.parametrize("state", ["", "co", "COL", "C1", "CO\n"])
def test_a_state_is_two_capital_letters(state: str) -> None:
    with pytest.raises(BadMaterial, match="state"):
        issue_leaf(AUTHORITY, ["localhost"], state, NOW, 30)


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_an_authority_has_a_name_of_one_to_sixty_four_characters(name: str) -> None:
    with pytest.raises(BadMaterial, match="authority name"):
        create_authority(name, NOW, 30)


@pytest.mark.parametrize("days", [0, -1, MAX_DAYS + 1])
def test_a_life_out_of_range_is_refused(days: int) -> None:
    with pytest.raises(BadMaterial, match="days"):
        create_authority("CO", NOW, days)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(BadMaterial, match="time zone"):
        create_authority("CO", NOW.replace(tzinfo=None), 30)


def test_a_leaf_does_not_outlive_its_authority() -> None:
    with pytest.raises(BadMaterial, match="outlive"):
        issue_leaf(AUTHORITY, ["localhost"], "CO", NOW, 366)
    longest = issue_leaf(AUTHORITY, ["localhost"], "CO", NOW, 365)
    assert _parsed(longest).not_valid_after_utc == _parsed(AUTHORITY).not_valid_after_utc


def test_an_authority_signs_with_its_own_key_only() -> None:
    other = create_authority("Autoridad inventada PE", NOW, 365)
    with pytest.raises(BadMaterial, match="does not belong"):
        issue_leaf(Credential(AUTHORITY.certificate, other.key), ["localhost"], "CO", NOW, 30)


def _pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey, password: bytes | None = None) -> bytes:
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


@pytest.mark.parametrize(
    "key",
    [b"", b"no key", _pem(ed25519.Ed25519PrivateKey.generate()), _pem(ec.generate_private_key(ec.SECP256R1()), b"word")],
    ids=["empty", "no key", "another kind", "with a password"],
)
def test_an_authority_key_that_cannot_sign_is_a_clear_error(key: bytes) -> None:
    with pytest.raises(BadMaterial, match="authority key"):
        issue_leaf(Credential(AUTHORITY.certificate, key), ["localhost"], "CO", NOW, 30)


def test_a_leaf_issues_no_leaf() -> None:
    with pytest.raises(BadMaterial, match="authority"):
        issue_leaf(LEAF, ["localhost"], "CO", NOW, 1)


def test_a_pin_is_the_digest_of_the_public_key_alone() -> None:
    key = serialization.load_pem_private_key(LEAF.key, password=None)
    spki = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert spki_pin(LEAF.certificate) == hashlib.sha256(spki).hexdigest()


def test_pem_and_der_have_the_same_pin_and_renewals_differ() -> None:
    der = ssl.PEM_cert_to_DER_cert(LEAF.certificate.decode())
    assert spki_pin(der) == spki_pin(LEAF.certificate)
    assert spki_pin(issue_leaf(AUTHORITY, ["localhost"], "CO", NOW, 30).certificate) != spki_pin(der)


def test_a_key_of_a_kind_nobody_knows_has_no_pin() -> None:
    der = ssl.PEM_cert_to_DER_cert(LEAF.certificate.decode())
    known, unknown = bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d027f")
    assert known in der
    with pytest.raises(BadMaterial, match="P-256"):
        spki_pin(der.replace(known, unknown))


@pytest.mark.parametrize(
    "certificate",
    [
        b"",
        b"no certificate",
        LEAF.key,
        LEAF.certificate + AUTHORITY.certificate,
        b"text\n" + LEAF.certificate,
        LEAF.certificate + b"text",
        LEAF.certificate.replace(b"\n", b"\r\n"),
        LEAF.certificate[:200],
        ssl.PEM_cert_to_DER_cert(LEAF.certificate.decode()) + b"\0",
    ],
    ids=["empty", "text", "key", "two", "text before", "text after", "other lines", "cut", "DER and more"],
)
def test_only_one_certificate_and_nothing_else_is_read(certificate: bytes) -> None:
    with pytest.raises(BadMaterial, match="certificate"):
        load_certificate(certificate)


# the library warns of serial numbers that RFC 5280 forbids, and reads them all the same: such a certificate is no leaf of ours
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
@given(place=st.integers(0, len(LEAF.certificate) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_crashes_the_reader(place: int, byte: int) -> None:
    changed = LEAF.certificate[:place] + bytes([byte]) + LEAF.certificate[place + 1 :]
    try:
        pin = spki_pin(changed)
    except BadMaterial:
        return
    assert len(pin) == 64


def test_a_trust_anchor_is_a_self_signed_authority() -> None:
    assert load_authority(AUTHORITY.certificate) == _parsed(AUTHORITY)
    with pytest.raises(BadMaterial, match="does not sign itself"):
        load_authority(LEAF.certificate)
    with pytest.raises(BadMaterial, match="not in PEM"):
        load_authority(ssl.PEM_cert_to_DER_cert(AUTHORITY.certificate.decode()))


def test_an_authority_on_a_curve_that_nobody_knows_is_refused() -> None:
    p256 = bytes.fromhex("06082a8648ce3d030107")
    unknown = p256[:-1] + b"\x55"
    der = ssl.PEM_cert_to_DER_cert(AUTHORITY.certificate.decode()).replace(p256, unknown)
    with pytest.raises(BadMaterial, match="P-256"):
        load_authority(x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM))


@pytest.mark.parametrize("ca", [False, None], ids=["constraint says no", "no constraint"])
def test_a_self_signed_certificate_that_may_not_sign_is_no_anchor(ca: bool | None) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "inventado")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if ca is not None:
        builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    with pytest.raises(BadMaterial, match="own authority"):
        load_authority(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def test_a_certificate_whose_serial_number_is_not_positive_is_refused() -> None:
    der = _parsed(LEAF).public_bytes(serialization.Encoding.DER)
    serial = _parsed(LEAF).serial_number
    encoded = serial.to_bytes(serial.bit_length() // 8 + 1, "big")
    assert der.count(encoded) == 1
    with pytest.raises(BadMaterial, match="serial number"):
        load_certificate(der.replace(encoded, b"\x92" + encoded[1:]))
