"""A node's settings: one TOML file in its folder, `node.toml`. Every setting is explained in `docs/configuration.md`.

Safeguards are not settings: four eyes, suppression below eleven and the default no stand in code (mission rule 9).
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from crypto.errors import CryptoError
from crypto.signing import VerifyKey
from node.custody import Custody
from node.telemetry.collector import endpoint_fault
from protocol.authority import Authority
from protocol.directory import PeerUrl

SETTINGS_FILE = "node.toml"

Port = Annotated[int, Field(ge=0, le=65535)]
DatabaseName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$")]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400, allow_inf_nan=False)]
"""A week at most: a beat that is set never to come would keep entries listed that have to leave."""


REVIEW_FLOOR = 1 / 200
"""Of the lines of innocent questions, this share at least is held for a random review. ADR 46 has the arithmetic."""


class SettingsFault(StrEnum):
    """What is wrong with the settings. The text under `settings.fault.<code>` says it, with file, place and bounds."""

    NO_FILE = "no_file"
    UNREADABLE = "unreadable"
    NOT_TOML = "not_toml"
    MISSING = "missing"
    UNKNOWN = "unknown"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_TEXT = "not_a_text"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    NOT_A_URI = "not_a_uri"
    TWO_SECRETS = "two_secrets"
    NOT_AN_ENDPOINT = "not_an_endpoint"
    NO_TLS_AUTHORITY = "no_tls_authority"
    HALF_A_PAIR = "half_a_pair"
    LOGIN_FILE_MISSING = "login_file_missing"
    LOGIN_FILE_OPEN = "login_file_open"
    BAD_VALUE = "bad_value"


class SettingsError(Exception):
    """The settings cannot be used: `fault` says why, `facts` where, and what is expected. No value is repeated."""

    code = "settings_unusable"

    def __init__(self, fault: SettingsFault, **facts: str | int) -> None:
        self.fault, self.facts = fault, facts
        super().__init__(f"{fault}: {', '.join(f'{name}={value}' for name, value in facts.items())}")


_FAULTS: Mapping[str, SettingsFault] = {
    "missing": SettingsFault.MISSING,
    "extra_forbidden": SettingsFault.UNKNOWN,
    "int_type": SettingsFault.NOT_A_NUMBER,
    "int_parsing": SettingsFault.NOT_A_NUMBER,
    "int_from_float": SettingsFault.NOT_A_NUMBER,
    "float_type": SettingsFault.NOT_A_NUMBER,
    "float_parsing": SettingsFault.NOT_A_NUMBER,
    "string_type": SettingsFault.NOT_A_TEXT,
    "path_type": SettingsFault.NOT_A_TEXT,
    "greater_than": SettingsFault.TOO_SMALL,
    "greater_than_equal": SettingsFault.TOO_SMALL,
    "less_than": SettingsFault.TOO_LARGE,
    "less_than_equal": SettingsFault.TOO_LARGE,
    "secret_uri": SettingsFault.NOT_A_URI,
    "one_secret": SettingsFault.TWO_SECRETS,
    "endpoint": SettingsFault.NOT_AN_ENDPOINT,
    "no_tls_authority": SettingsFault.NO_TLS_AUTHORITY,
    "half_a_pair": SettingsFault.HALF_A_PAIR,
}
"""pydantic's names of faults -> ours; what is not among them is a `bad_value`."""

_BOUNDS = ("gt", "ge", "lt", "le")


def _verify_key(value: object) -> VerifyKey:
    """Raises `ValueError`, which pydantic tells as a bad value."""
    try:
        return VerifyKey.from_bytes(bytes.fromhex(str(value)))
    except CryptoError:
        raise ValueError("not an Ed25519 public key") from None


FeedKey = Annotated[VerifyKey, PlainValidator(_verify_key)]


def _absolute(path: Path) -> Path:
    """Raises `ValueError`: a socket is of another user's process, and not in the node's folder."""
    if not path.is_absolute():
        raise ValueError("not an absolute path")
    return path


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class PeerSettings(_Section):
    """Where this node listens for peers: TLS 1.3 with client certificates only. `url`: where they reach it, if that changes."""

    host: str = "127.0.0.1"
    port: Port
    url: PeerUrl | None = None


class NationalSettings(_Section):
    """Where this state's officers reach it."""

    host: str = "127.0.0.1"
    port: Port


class DirectorySettings(_Section):
    """The Secretariat's directory: its address, the certificate it is served under, and the root read aloud at founding."""

    url: str
    tls_authority: Path
    root: Path
    root_fingerprint: str


class Beats(_Section):
    """How often things happen, in seconds. Additions and removals go out on their beat whether or not there is anything."""

    directory: Seconds = 900
    additions: Seconds = 86400
    removals: Seconds = 3600
    manifests: Seconds = 1800
    outbox: Seconds = 30
    questions: Seconds = 15
    checkpoint: Seconds = 60
    reconcile: Seconds = 86400
    manifest_validity: Annotated[int, Field(ge=1)] = 6 * 3600


class Epochs(_Section):
    """How long a list's key serves, in days: a new one begins every `days`, and the old one stays for `overlap_days` more."""

    days: Annotated[int, Field(ge=1, le=90)] = 14
    overlap_days: Annotated[int, Field(ge=1, le=30)] = 7


class TelemetrySettings(_Section):
    """Where traces and metrics go: a collector of this state's own, or nowhere."""

    endpoint: str | None = None
    interval: Annotated[float, Field(ge=1, le=3600, allow_inf_nan=False)] = 60
    tls_authority: Path | None = None

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.endpoint is None:
            return self
        fault = endpoint_fault(self.endpoint)
        if fault is not None:
            raise PydanticCustomError("endpoint", "endpoint: {fault}", {"fault": fault})
        if self.endpoint.startswith("https") and self.tls_authority is None:
            raise PydanticCustomError("endpoint", "an https endpoint needs tls_authority, the PEM file of who vouches for it")
        return self


class OfficerLimits(_Section):
    """What one officer may ask a day, in lines, before a second look is due; and the share of lines that is looked at anyway."""

    lines_a_day: Annotated[int, Field(ge=1, le=8192)] = 2000
    review_rate: Annotated[float, Field(ge=REVIEW_FLOOR, le=1 / 4, allow_inf_nan=False)] = REVIEW_FLOOR


class FeedSettings(_Section):
    """The public half (Ed25519, 64 hex digits) of the key under which a national system feeds the protected register."""

    key: FeedKey | None = None


class PostgresSettings(_Section):
    """The PostgreSQL that keeps the store; without a host the SQLite file does. Its password is never here: see `password_file`.

    `host`: a name, an address, or the folder of a Unix socket. Whoever is not on this machine is spoken to over TLS, and shows a
    certificate of `tls_authority` for that name. `certificate` and `key` are our own, where the server asks for one.
    """

    host: Annotated[str, StringConstraints(pattern=r"^(/[^\x00-\x20\"\\,]{0,90}|[A-Za-z0-9.:-]{1,253})$")] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] = 5432
    name: DatabaseName = "celosia"
    user: DatabaseName = "celosia"
    password_file: Path | None = None
    tls_authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    @model_validator(mode="after")
    def _safe(self) -> Self:
        here = self.host is None or self.host.startswith("/") or self.host in ("localhost", "127.0.0.1", "::1")
        if not here and self.tls_authority is None:
            raise PydanticCustomError("no_tls_authority", "another machine needs the PEM file of who vouches for it")
        if (self.certificate is None) != (self.key is None):
            raise PydanticCustomError("half_a_pair", "certificate and key belong together")
        return self


class Settings(_Section):
    """All settings of a node. Paths are relative to its folder."""

    authority: Authority
    peer: PeerSettings
    national: NationalSettings
    directory: DirectorySettings
    beats: Beats = Beats()
    officers: OfficerLimits = OfficerLimits()
    epochs: Epochs = Epochs()
    telemetry: TelemetrySettings = TelemetrySettings()
    keys: Custody = Custody()
    feed: FeedSettings = FeedSettings()
    database: str = "database.sqlite"
    postgresql: PostgresSettings = PostgresSettings()
    sodium: Path | None = None
    register_socket: Annotated[Path, AfterValidator(_absolute)] | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """From `node.toml` in `folder`. Raises `SettingsError`."""
        path = folder / SETTINGS_FILE
        try:
            return cls.parse(path.read_text("utf-8"), path)
        except FileNotFoundError:
            raise SettingsError(SettingsFault.NO_FILE, file=str(path)) from None
        except OSError:
            raise SettingsError(SettingsFault.UNREADABLE, file=str(path)) from None
        except UnicodeDecodeError:
            raise SettingsError(SettingsFault.NOT_TOML, file=str(path)) from None

    @classmethod
    def parse(cls, text: str, path: Path) -> Self:
        """From the text that stands at `path`, or will. Raises `SettingsError`."""
        try:
            document = tomllib.loads(text)
        except (ValueError, RecursionError):  # what is nested too deep, or too long a number, is no TOML error to tomllib
            raise SettingsError(SettingsFault.NOT_TOML, file=str(path)) from None
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            fault, bounds = _FAULTS.get(first["type"], SettingsFault.BAD_VALUE), first.get("ctx", {})
            bound = next((str(bounds[name]) for name in _BOUNDS if name in bounds), "")
            raise SettingsError(fault, file=str(path), place=".".join(map(str, first["loc"])), bound=bound) from None
