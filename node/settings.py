"""A node's settings: one TOML file in its folder, `node.toml`. Every setting is explained in `docs/configuration.md`.

Safeguards are not settings: four eyes, suppression below eleven and the default no stand in code (mission rule 9).
"""

import tomllib
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from node.telemetry.collector import endpoint_fault
from protocol.authority import Authority
from protocol.directory import PeerUrl

SETTINGS_FILE = "node.toml"

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=7 * 86400, allow_inf_nan=False)]
"""A week at most: a beat that is set never to come would keep entries listed that have to leave."""


class SettingsError(Exception):
    """The settings cannot be used; the message says which, and what is expected. No value is repeated."""

    code = "settings_unusable"


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
    """What one officer may ask a day, in lines, before a second look is due."""

    lines_a_day: Annotated[int, Field(ge=1, le=8192)] = 2000


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
    database: str = "database.sqlite"
    sodium: Path | None = None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """From `node.toml` in `folder`. Raises `SettingsError`."""
        path = folder / SETTINGS_FILE
        try:
            return cls.parse(path.read_text("utf-8"), path)
        except OSError as error:
            raise SettingsError(f"{path}: {error.strerror}; `celosia init` makes a node's folder") from None
        except UnicodeDecodeError:
            raise SettingsError(f"{path}: not a TOML file in UTF-8; docs/configuration.md shows one") from None

    @classmethod
    def parse(cls, text: str, path: Path) -> Self:
        """From the text that stands at `path`, or will. Raises `SettingsError`."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError:
            raise SettingsError(f"{path}: not a TOML file in UTF-8; docs/configuration.md shows one") from None
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise SettingsError(f"{path}: {place}: {first['msg']}; docs/configuration.md explains it") from None
