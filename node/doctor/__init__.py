"""`celosia doctor`: one look at a node from its folder, running or not. Checks read, and change nothing."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from sqlalchemy.exc import SQLAlchemyError

from crypto.errors import CryptoError
from node.custody import KeysUnusable
from node.directory.errors import DirectoryError
from node.doctor import (
    alerts,
    beats,
    certificates,
    clock,
    database,
    directory,
    disk,
    epochs,
    keys,
    lists,
    log,
    officers,
    outbox,
    peers,
    questions,
    register,
    running,
    settings,
)
from node.doctor.chart import Chart, NothingAdopted
from node.doctor.findings import Examined, Finding, Severity, Subject, note, warning
from node.settings import SettingsError
from node.store.errors import StoreUnavailable
from node.tls.errors import BadMaterial
from protocol.errors import ProtocolError

CHECKS: Mapping[Subject, Callable[[Chart], Iterator[Finding]]] = MappingProxyType(
    {
        Subject.SETTINGS: settings.examine,
        Subject.NODE: running.examine,
        Subject.KEYS: keys.examine,
        Subject.CERTIFICATES: certificates.examine,
        Subject.DATABASE: database.examine,
        Subject.DISK: disk.examine,
        Subject.CLOCK: clock.examine,
        Subject.DIRECTORY: directory.examine,
        Subject.BEATS: beats.examine,
        Subject.LOG: log.examine,
        Subject.LISTS: lists.examine,
        Subject.EPOCHS: epochs.examine,
        Subject.REGISTER: register.examine,
        Subject.PEERS: peers.examine,
        Subject.OUTBOX: outbox.examine,
        Subject.QUESTIONS: questions.examine,
        Subject.OFFICERS: officers.examine,
        Subject.ALERTS: alerts.examine,
    }
)
_HIDDEN_BY: tuple[tuple[tuple[type[Exception], ...], Subject], ...] = (
    ((SettingsError,), Subject.SETTINGS),
    ((KeysUnusable,), Subject.KEYS),
    ((StoreUnavailable, SQLAlchemyError), Subject.DATABASE),
    ((NothingAdopted, BadMaterial, DirectoryError, ProtocolError), Subject.DIRECTORY),
)
"""Errors of one part -> the check that says what is wrong with it, and what to do."""


def examine(chart: Chart) -> list[Examined]:
    """All findings, in the order of the checks. One check's failure is a finding, and hides no other's."""
    return [Examined(subject, finding) for subject, check in CHECKS.items() for finding in _run(subject, check, chart)]


def _run(subject: Subject, check: Callable[[Chart], Iterator[Finding]], chart: Chart) -> list[Finding]:
    findings: list[Finding] = []
    try:
        for finding in check(chart):  # what a check said before it failed still holds
            findings.append(finding)
    except tuple(kind for kinds, _ in _HIDDEN_BY for kind in kinds) as error:
        hidden_by = next(part for kinds, part in _HIDDEN_BY if isinstance(error, kinds))
        findings.append(note("not_examined", needs=hidden_by))
    except (OSError, CryptoError, ValueError) as error:
        findings.append(warning("check_failed", error=type(error).__name__))
    return findings or [Finding("sound", Severity.OK, {})]
