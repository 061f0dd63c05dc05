"""The next leaf: issued or brought along, and refused in words where peers would have refused it without."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.custody import Vault
from node.tls.certificates import Credential, create_authority, issue_leaf, load_authority, load_certificate, spki_pin
from node.tls.own import AUTHORITY, NEXT, OwnLeaf, read_credential, write_credential
from node.tls.renewal import LEAST_DAYS, LeafFault, LeafRefused, bring, renew, request
from tests.node.tls.leaves import vault_with

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOST = "nodo.example.org"
OURS = create_authority("Autoridad inventada CO", NOW, 400)
BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    made = vault_with(tmp_path / "node", issue_leaf(OURS, [HOST], "CO", NOW, 30))
    write_credential(made, AUTHORITY, OURS)
    return made


def certify(
    asked: bytes,
    authority: Credential = OURS,
    *,
    begins: datetime = NOW,
    days: int = 90,
    names: tuple[x509.GeneralName, ...] = (x509.DNSName(HOST),),
    uses: tuple[x509.ObjectIdentifier, ...] = BOTH,
    ca: bool = False,
    bare: bool = False,
) -> bytes:
    """What an outside authority makes of a request, right unless said otherwise."""
    wanted = x509.load_pem_x509_csr(asked)
    issuer, key = load_authority(authority.certificate), serialization.load_pem_private_key(authority.key, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    public = wanted.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    builder = (
        x509.CertificateBuilder()
        .subject_name(wanted.subject)
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )
    if not bare:
        issuer_id = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_id), critical=False)
        )
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def refusal(vault: Vault, certificate: bytes, now: datetime = NOW) -> LeafFault:
    with pytest.raises(LeafRefused) as caught:
        bring(vault, certificate, HOST, now)
    assert not (vault.folder / "tls" / f"{NEXT}.pem").exists()
    return caught.value.fault


def test_the_state_s_own_authority_makes_a_leaf_under_a_new_key(vault: Vault) -> None:
    before = OwnLeaf(vault).current
    made = renew(vault, HOST, "CO", NOW, 365)
    assert read_credential(vault, NEXT) == made
    assert spki_pin(made.certificate) != spki_pin(before.certificate)
    assert load_certificate(made.certificate).not_valid_after_utc == NOW + timedelta(days=365)
    assert OwnLeaf(vault).turn([spki_pin(made.certificate)], NOW) == spki_pin(made.certificate)


def test_one_leaf_waits_at_a_time(vault: Vault) -> None:
    made = renew(vault, HOST, "CO", NOW, 30)
    for again in (lambda: renew(vault, HOST, "CO", NOW, 30), lambda: request(vault, HOST, "CO")):
        with pytest.raises(LeafRefused) as caught:
            again()
        assert caught.value.fault is LeafFault.WAITING
    assert read_credential(vault, NEXT) == made


def test_a_certificate_that_a_crash_left_without_its_key_stands_in_nobody_s_way(vault: Vault) -> None:
    left = vault.folder / "tls" / f"{NEXT}.pem"
    left.write_bytes(issue_leaf(OURS, [HOST], "CO", NOW, 30).certificate)
    asked = request(vault, HOST, "CO")
    assert not left.exists()
    bring(vault, certify(asked), HOST, NOW)
    left.with_suffix(".key").unlink()
    assert renew(vault, HOST, "CO", NOW, 30) == read_credential(vault, NEXT)


def test_an_authority_that_was_carried_away_or_ends_too_soon_is_said_to_be(vault: Vault) -> None:
    with pytest.raises(LeafRefused) as caught:
        renew(vault, HOST, "CO", NOW, 401)
    assert caught.value.fault is LeafFault.AUTHORITY_ENDS
    (vault.folder / "tls" / f"{AUTHORITY}.key").unlink()
    with pytest.raises(LeafRefused) as caught:
        renew(vault, HOST, "CO", NOW, 30)
    assert caught.value.fault is LeafFault.AUTHORITY_AWAY


def test_a_request_names_the_address_and_its_key_stays_here_sealed(vault: Vault) -> None:
    asked = request(vault, HOST, "CO")
    wanted = x509.load_pem_x509_csr(asked)
    assert wanted.is_signature_valid
    names = wanted.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [HOST]
    assert wanted.subject.get_attributes_for_oid(NameOID.COUNTRY_NAME)[0].value == "CO"
    assert b"PRIVATE" not in asked + (vault.folder / "tls" / f"{NEXT}.key").read_bytes()


def test_what_the_authority_makes_of_it_is_taken_and_used(vault: Vault) -> None:
    certificate = certify(request(vault, HOST, "CO"))
    bring(vault, certificate, HOST, NOW)
    assert read_credential(vault, NEXT).certificate == certificate
    assert OwnLeaf(vault).turn([spki_pin(certificate)], NOW) == spki_pin(certificate)


def test_an_address_by_number_is_named_as_one(vault: Vault) -> None:
    asked = request(vault, "192.0.2.7", "CO")
    named = x509.load_pem_x509_csr(asked).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    certificate = certify(asked, names=tuple(named))
    bring(vault, certificate, "192.0.2.7", NOW)
    assert read_credential(vault, NEXT).certificate == certificate


def test_what_peers_would_refuse_is_refused_here_in_words(vault: Vault) -> None:
    assert refusal(vault, certify_for_nobody()) is LeafFault.NO_REQUEST
    asked = request(vault, HOST, "CO")
    other = create_authority("Autoridad inventada CO", NOW, 400)
    good = certify(asked)
    cases = [
        (b"no certificate", LeafFault.NOT_ONE_CERTIFICATE),
        (good + OURS.certificate, LeafFault.NOT_ONE_CERTIFICATE),
        (certify_for_nobody(), LeafFault.OTHER_KEY),
        (certify(asked, other), LeafFault.OTHER_AUTHORITY),
        (certify(asked, begins=NOW + timedelta(days=2)), LeafFault.OUT_OF_PERIOD),
        (certify(asked, begins=NOW - timedelta(days=100)), LeafFault.OUT_OF_PERIOD),
        (certify(asked, days=LEAST_DAYS - 1), LeafFault.ENDS_SOON),
        (certify(asked, names=(x509.DNSName("otro.example.org"),)), LeafFault.OTHER_NAME),
        (certify(asked, bare=True), LeafFault.OTHER_NAME),
        (certify(asked, uses=(ExtendedKeyUsageOID.SERVER_AUTH,)), LeafFault.WRONG_USE),
        (certify(asked, ca=True), LeafFault.WRONG_USE),
    ]
    for certificate, fault in cases:
        assert refusal(vault, certificate) is fault
    bring(vault, good, HOST, NOW)


def certify_for_nobody() -> bytes:
    """A good certificate under a key that this node does not have."""
    return issue_leaf(OURS, [HOST], "CO", NOW, 90).certificate
