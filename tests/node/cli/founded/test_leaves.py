"""`celosia tls` on a founded node: what is shown, what is made, and what is refused in words."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from node.language import say
from node.tls.certificates import spki_pin
from protocol.vocabulary import Language
from tests.node.cli.program import Program, says


@pytest.mark.parametrize("language", Language)
def test_the_certificates_are_shown_with_names_pins_periods_and_trust(celosia: Program, node: Path, language: Language) -> None:
    result = celosia("tls", "show", "--lang", language.value)
    assert result.code == 0
    assert says(result, spki_pin((node / "tls" / "leaf.pem").read_bytes()))
    assert says(result, "127.0.0.1")
    assert says(result, say(language, "cli.trusted.nobody"))
    assert "PRIVATE" not in result.text


def test_a_renewed_leaf_waits_beside_the_one_in_use_and_stands_in_the_next_entry(celosia: Program, node: Path) -> None:
    made = celosia("tls", "renew", "--days", "90", "--json")
    assert made.code == 0, made.text
    pin = json.loads(made.out)["pin"]
    rows = {row["name"]: row for row in json.loads(celosia("tls", "show", "--json").out)}
    assert set(rows) == {"leaf", "next-leaf", "authority"}
    assert rows["next-leaf"]["pin"] == pin
    assert rows["next-leaf"]["hosts"] == rows["leaf"]["hosts"] == ["127.0.0.1"]
    assert celosia("entry", "--write", str(node / "next.json")).code == 0
    assert json.loads((node / "next.json").read_bytes())["tls_pins"] == [rows["leaf"]["pin"], pin]
    again = celosia("tls", "renew", "--lang", "en")
    assert again.code == 1
    assert says(again, say(Language.EN, "leaf.fault.waiting", file=str(node / "tls" / "next-leaf.key")))


@pytest.mark.parametrize("language", Language)
def test_a_request_goes_out_and_what_does_not_answer_it_is_not_taken(
    celosia: Program, node: Path, tmp_path: Path, language: Language
) -> None:
    certificate = str(node / "tls" / "leaf.pem")
    early = celosia("tls", "bring", certificate, "--lang", language.value)
    assert early.code == 1
    assert says(early, say(language, "leaf.fault.no_request"))
    asked = celosia("tls", "request", "--out", str(tmp_path / "node.csr"), "--lang", language.value)
    assert asked.code == 0, asked.text
    assert x509.load_pem_x509_csr((tmp_path / "node.csr").read_bytes()).is_signature_valid
    other = celosia("tls", "bring", certificate, "--lang", language.value)
    assert other.code == 1
    assert says(other, say(language, "leaf.fault.other_key"))
    assert not (node / "tls" / "next-leaf.pem").exists()


def test_times_in_json_are_text_in_utc(celosia: Program, node: Path, tmp_path: Path) -> None:
    certificate = x509.load_pem_x509_certificate((node / "tls" / "leaf.pem").read_bytes())
    (leaf,) = (row for row in json.loads(celosia("tls", "show", "--json").out) if row["name"] == "leaf")
    assert leaf["not_before"] == f"{certificate.not_valid_before_utc:%Y-%m-%dT%H:%M:%SZ}"
    assert leaf["not_after"] == f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
    (tmp_path / "secret").write_text("an invented secret of no meaning")
    (tmp_path / "secret").chmod(0o600)
    backup = ("backup", "make", str(tmp_path / "backup"), "--secret", str(tmp_path / "secret"))
    started = json.loads(celosia("epoch", "start", "--json").out)
    for told in (
        json.loads(celosia(*backup, "--json").out)["at"],
        *(each[name] for each in started for name in ("not_before", "not_after")),
        *(each[name] for each in json.loads(celosia("epoch", "--json").out)["epochs"] for name in ("not_before", "not_after")),
    ):
        assert datetime.strptime(told, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).year >= 2025


def test_a_certificate_that_is_not_its_key_s_stops_the_node_in_words(celosia: Program, node: Path) -> None:
    shutil.copy(node / "tls" / "authority.pem", node / "tls" / "leaf.pem")
    for command in (["tls", "show"], ["officer", "token", "nobody"]):
        result = celosia(*command, "--lang", "en")
        assert result.code == 1
        assert says(result, say(Language.EN, "local.tls_unusable.title"))
        assert "Traceback" not in result.text
