"""Settings: one strict file, clear words for what is wrong with it, and no way to weaken a safeguard."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st

from node.settings import SETTINGS_FILE, Beats, Settings, SettingsError, SettingsFault

WHOLE = """
authority = "CO"
[peer]
port = 8443
[national]
port = 8080
[directory]
url = "https://directory.example"
tls_authority = "directory-tls.pem"
root = "root.json"
root_fingerprint = "ab"
"""


def read(folder: Path, text: str | bytes) -> Settings:
    (folder / SETTINGS_FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    return Settings.read(folder)


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    assert caught.value.code == "settings_unusable"
    assert str(folder / SETTINGS_FILE) in str(caught.value)
    return str(caught.value)


def test_what_founding_writes_is_enough_and_the_rest_has_defaults(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    assert (settings.authority, settings.peer.port, settings.national.port) == ("CO", 8443, 8080)
    assert settings.directory.tls_authority == Path("directory-tls.pem")
    assert (settings.database, settings.sodium) == ("database.sqlite", None)
    assert (settings.beats.additions, settings.beats.removals, settings.beats.manifest_validity) == (86400, 3600, 21600)
    assert settings.officers.lines_a_day == 2000


def test_a_node_listens_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    assert (settings.peer.host, settings.national.host) == ("127.0.0.1", "127.0.0.1")


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.read(tmp_path)
    assert caught.value.fault is SettingsFault.NO_FILE


@pytest.mark.parametrize("text", ["= = =", b"\xff\xfe", "authority = 'CO' authority"])
def test_what_is_no_toml_in_utf_8_is_said_to_be_none(tmp_path: Path, text: str | bytes) -> None:
    assert refusal(tmp_path, text).startswith("not_toml: ")


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('authority = "CO"', 'authority = "XX"', "authority"),
        ('authority = "CO"', "", "authority"),
        ("port = 8443", "port = 70000", "peer.port"),
        ("port = 8443", "port = -1", "peer.port"),
        ('root_fingerprint = "ab"', "", "directory.root_fingerprint"),
        ("[peer]", "[peer]\ncolour = 1", "peer.colour"),
        ("[peer]", "[safeguards]\nfour_eyes = false\n[peer]", "safeguards"),
        ("[peer]", "[beats]\nremovals = 0\n[peer]", "beats.removals"),
        ("[peer]", "[beats]\nremovals = inf\n[peer]", "beats.removals"),
        ("[peer]", "[beats]\nremovals = nan\n[peer]", "beats.removals"),
        ("[peer]", "[beats]\nremovals = 604801\n[peer]", "beats.removals"),
        ("[peer]", "[beats]\nmanifest_validity = 0\n[peer]", "beats.manifest_validity"),
        ("[peer]", "[officers]\nlines_a_day = 0\n[peer]", "officers.lines_a_day"),
        ("[peer]", '[postgresql]\nhost = "db.example.org"\n[peer]', "postgresql"),
        ("[peer]", '[postgresql]\nhost = "/run, /tmp"\n[peer]', "postgresql.host"),
        ("[peer]", '[postgresql]\nname = "a name"\n[peer]', "postgresql.name"),
        ("[peer]", '[postgresql]\npassword = "invented"\n[peer]', "postgresql.password"),
        ("[peer]", '[postgresql]\ncertificate = "a.pem"\n[peer]', "postgresql"),
        ("[peer]", "[officers]\nlines_a_day = 8193\n[peer]", "officers.lines_a_day"),
        ('authority = "CO"', 'authority = "CO"\nlanguage = "de"', "language"),
        ('authority = "CO"', 'authority = "CO"\nsuppression = 5', "suppression"),
    ],
)
def test_what_does_not_fit_is_named_by_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert f"place={place}, " in refusal(tmp_path, WHOLE.replace(old, new, 1))


PLACES: list[tuple[str, str]] = [
    ('"CO"', "authority"),
    ("8443", "peer.port"),
    ("8080", "national.port"),
]


@profile(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sampled_from(PLACES), st.text(st.sampled_from("abcdefgh"), min_size=6, max_size=20))
def test_no_value_is_repeated(tmp_path: Path, place: tuple[str, str], secret: str) -> None:
    told = refusal(tmp_path, WHOLE.replace(place[0], f'"{secret}"', 1))
    assert f"place={place[1]}, " in told
    assert secret not in told.replace(str(tmp_path), "")


def test_no_setting_is_named_after_a_safeguard() -> None:
    def names(model: Any) -> set[str]:
        sections = [field.annotation for field in model.model_fields.values() if hasattr(field.annotation, "model_fields")]
        return set(model.model_fields).union(*map(names, sections))

    floors = ("eyes", "suppress", "screen", "protect", "attest", "purpose", "minimis", "default_no", "threshold")
    assert names(Settings) >= {"removals", "lines_a_day"}
    assert not [name for name in names(Settings) for floor in floors if floor in name]


def test_settings_do_not_change_once_read(tmp_path: Path) -> None:
    settings = read(tmp_path, WHOLE)
    with pytest.raises(ValueError, match="frozen"):
        settings.beats = Beats()  # type: ignore[misc]


def test_telemetry_is_off_unless_a_collector_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, WHOLE).telemetry.endpoint is None
    settings = read(tmp_path, WHOLE + '[telemetry]\nendpoint = "https://otlp.example"\ntls_authority = "otlp.pem"\n')
    assert (settings.telemetry.interval, settings.telemetry.tls_authority) == (60, Path("otlp.pem"))


@pytest.mark.parametrize("endpoint", ["https://otlp.example", "http://otlp.example", "otlp.example"])
def test_a_collector_that_could_be_anybody_is_refused(tmp_path: Path, endpoint: str) -> None:
    said = refusal(tmp_path, f'{WHOLE}[telemetry]\nendpoint = "{endpoint}"\n')
    assert said.startswith("not_an_endpoint: ")
    assert "otlp.example" not in said
