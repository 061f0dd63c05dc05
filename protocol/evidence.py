"""Evidence bundles: one exchange with all that proves who said what and when, as values and as the bytes of one file.

    envelopes/01.json …                      the signed messages
    logs/<CC>/01.entry, 01.tlog-proof …      what each side's log has of each message, and where
    logs/<CC>/directory-1.* …                which directory the log had adopted, before and after
    directory/roots/1.json …, directory/<version>/…    the signed directories: whose keys counted
    cover.<language>.txt                     for people

Here is the form. Whether it holds is said by `deploy/verify_bundle.py`, which uses nothing of this code. `docs/spec/evidence.md`
has the exact bytes.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

from pydantic import ConfigDict, Field, ValidationError

from protocol import jws, limits
from protocol.asic import pack, unpack
from protocol.authority import Authority
from protocol.envelope import ENVELOPE_TYPE
from protocol.errors import Malformed, TooLarge
from protocol.evidence_cover import cover_of
from protocol.journal import SALT_BYTES
from protocol.vocabulary import Language
from protocol.wire import ExchangeId, Instant, Octets, Octets32, WireModel, canonical, parse

_TARGET = re.compile(r"policy\.json|(members|states)/[A-Z]{2}\.json", re.ASCII)


class _Told(WireModel):
    """Of an envelope, what names the exchange."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    x: ExchangeId
    sender: Annotated[Authority, Field(alias="from")]
    to: Authority
    iat: Instant


class _OpeningFile(WireModel):
    v: Literal[1] = 1
    salt: Octets32
    payload: Annotated[Octets, Field(max_length=limits.LOG_ENTRY_BYTES)]


@dataclass(frozen=True)
class Opening:
    """What an entry committed to. Only for entries of one side: a message's entries are opened by the message itself."""

    salt: bytes = field(repr=False)
    payload: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES or len(self.payload) > limits.LOG_ENTRY_BYTES:
            raise Malformed("opening", reason="length")


@dataclass(frozen=True)
class ProvenEntry:
    """An entry's bytes and what proves it.

    `proof` is a `.tlog-proof` under the log's newest witnessed checkpoint, or the one that a former log was frozen at. `early` is
    one under the first checkpoint that had the entry and was witnessed: it says by when the entry was there. `token` is a time
    stamp (RFC 3161) over the text of the checkpoint of `early`, or of `proof` if there is none.
    """

    entry: bytes
    proof: bytes
    early: bytes | None = None
    opening: Opening | None = None
    token: bytes | None = None


@dataclass(frozen=True)
class LogEvidence:
    """What one side's log has: an entry for each message, in their order; adoptions of directories; the rest may be missing.

    `adopted` are opened, and at least one stands before the exchange. `interval` is the last `interval_started` before it,
    opened: what follows is not earlier than the checkpoints in it. `others` are opened entries that the officer discloses.
    """

    messages: tuple[ProvenEntry, ...]
    adopted: tuple[ProvenEntry, ...]
    interval: ProvenEntry | None = None
    others: tuple[ProvenEntry, ...] = ()

    def __post_init__(self) -> None:
        if not 1 <= len(self.adopted) <= limits.EVIDENCE_ADOPTED or len(self.others) > limits.EVIDENCE_OTHERS:
            raise Malformed("evidence.log", reason="number")
        opened = (*self.adopted, *self.others, *(() if self.interval is None else (self.interval,)))
        if any(each.opening is None for each in opened) or any(each.opening for each in self.messages):
            raise Malformed("evidence.log", reason="opening")


@dataclass(frozen=True)
class DirectoryEvidence:
    """One directory: its three top-level roles, the roles of both sides, and target files by path.

    Of the target files: `policy.json`, every `members/<CC>.json` (they are the witnesses), and `states/<CC>.json` of both sides.
    """

    timestamp: bytes
    snapshot: bytes
    targets: bytes
    roles: Mapping[Authority, bytes]
    files: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        if not all(_TARGET.fullmatch(path) for path in self.files):
            raise Malformed("evidence.directories", reason="other_name")


@dataclass(frozen=True)
class Evidence:
    """One exchange and its proof. Raises `Malformed`, `TooLarge` for what no bundle can hold.

    `envelopes`: the signed messages; first the first request, and every reply after its request. `logs`: of both sides.
    `roots`: all roots of the directory from the first to the current one. `directories`: by version, each that an adoption names,
    and the newest.
    """

    envelopes: tuple[bytes, ...]
    logs: Mapping[Authority, LogEvidence]
    roots: tuple[bytes, ...]
    directories: Mapping[int, DirectoryEvidence]
    covers: frozenset[Language]

    def __post_init__(self) -> None:
        for name, count, most in (
            ("envelopes", len(self.envelopes), limits.EVIDENCE_ENVELOPES),
            ("roots", len(self.roots), limits.EVIDENCE_ROOTS),
            ("directories", len(self.directories), limits.EVIDENCE_DIRECTORIES),
            ("covers", len(self.covers), len(Language)),
        ):
            if not 1 <= count <= most:
                raise Malformed(f"evidence.{name}", reason="number")
        first = self._told()
        if first.sender == first.to or set(self.logs) != {first.sender, first.to}:
            raise Malformed("evidence.logs", reason="sides")
        if any(len(log.messages) != len(self.envelopes) for log in self.logs.values()):
            raise Malformed("evidence.logs", reason="number")
        needed = {"policy.json"} | {f"{place}/{state}.json" for place in ("members", "states") for state in self.logs}
        for directory in self.directories.values():
            if set(directory.roles) != set(self.logs) or not needed <= set(directory.files):
                raise Malformed("evidence.directories", reason="sides")

    def to_bytes(self) -> bytes:
        """The file. Raises `TooLarge`, `Malformed`."""
        files = self._files()
        for name, content in files.items():
            if len(content) > _limit_of(name):
                raise TooLarge("evidence.file", limit=_limit_of(name), size=len(content))
        return pack(files)

    @classmethod
    def from_bytes(cls, raw: bytes) -> "Evidence":
        """Back from `to_bytes`. Raises `TooLarge`, `Malformed` for anything else; says nothing about what holds."""
        read = _Reader(unpack(raw)).evidence()
        # a file too many, or under another name, is not written again
        if read.to_bytes() != raw:
            raise Malformed("evidence", reason="not_canonical")
        return read

    def _told(self) -> _Told:
        form = jws.open_form(self.envelopes[0], ENVELOPE_TYPE, limit=limits.ENVELOPE_BYTES, where="envelope")
        try:
            return _Told.model_validate_json(form.payload)
        except ValidationError:
            raise Malformed("envelope", reason="form") from None

    def _files(self) -> dict[str, bytes]:
        first = self._told()
        files = {f"envelopes/{number:02d}.json": raw for number, raw in enumerate(self.envelopes, 1)}
        files |= {f"directory/roots/{number}.json": raw for number, raw in enumerate(self.roots, 1)}
        for language in self.covers:
            files[f"cover.{language}.txt"] = cover_of(
                language, x=first.x, sender=first.sender, to=first.to, iat=first.iat, count=len(self.envelopes)
            )
        for version, directory in self.directories.items():
            at = f"directory/{version}"
            top = {"timestamp": directory.timestamp, "snapshot": directory.snapshot, "targets": directory.targets}
            files |= {f"{at}/{name}.json": raw for name, raw in top.items()}
            files |= {f"{at}/roles/{state}.json": raw for state, raw in directory.roles.items()}
            files |= {f"{at}/{path}": raw for path, raw in directory.files.items()}
        for state, log in self.logs.items():
            named = {f"{number:02d}": entry for number, entry in enumerate(log.messages, 1)}
            named |= {f"directory-{number}": entry for number, entry in enumerate(log.adopted, 1)}
            named |= {f"local-{number:02d}": entry for number, entry in enumerate(log.others, 1)}
            named |= {} if log.interval is None else {"interval": log.interval}
            for name, entry in named.items():
                files |= _files_of(f"logs/{state}/{name}", entry)
        return files


_ENTRY, _PROOF, _EARLY, _OPENING, _TOKEN = ".entry", ".tlog-proof", ".early.tlog-proof", ".opening.json", ".tst"
_LIMITS: Final[tuple[tuple[str, int], ...]] = (
    (_ENTRY, limits.LOG_ENTRY_BYTES),
    (_PROOF, limits.LOG_PROOF_BYTES),
    (_TOKEN, limits.TIME_STAMP_BYTES),
    (".json", limits.ENVELOPE_BYTES),
    (".txt", limits.LOG_ENTRY_BYTES),
)


def _limit_of(name: str) -> int:
    return next(limit for ending, limit in _LIMITS if name.endswith(ending))


def _files_of(at: str, entry: ProvenEntry) -> dict[str, bytes]:
    opening = entry.opening
    files = {
        _ENTRY: entry.entry,
        _PROOF: entry.proof,
        _EARLY: entry.early,
        _OPENING: None if opening is None else canonical(_OpeningFile(salt=opening.salt, payload=opening.payload)),
        _TOKEN: entry.token,
    }
    return {at + ending: content for ending, content in files.items() if content is not None}


class _Reader:
    """Files to values. What is not asked for is noticed when the values are written again."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def evidence(self) -> Evidence:
        envelopes = self._numbered("envelopes/{:02d}.json")
        versions = self._segments("directory/", 1) - {"roots"}
        states = [_authority(each) for each in sorted(self._segments("logs/", 1))]
        if any(not version.isdigit() or len(version) > 16 for version in versions):
            raise Malformed("evidence.directories", reason="other_name")
        return Evidence(
            envelopes=envelopes,
            logs={state: self._log(f"logs/{state}/", len(envelopes)) for state in states},
            roots=self._numbered("directory/roots/{}.json"),
            directories={int(version): self._directory(f"directory/{version}/", states) for version in versions},
            covers=frozenset(language for language in Language if f"cover.{language}.txt" in self._files),
        )

    def _need(self, name: str) -> bytes:
        if name not in self._files:
            raise Malformed("evidence", reason="missing")
        return self._files[name]

    def _numbered(self, form: str) -> tuple[bytes, ...]:
        found: list[bytes] = []
        while form.format(len(found) + 1) in self._files:
            found.append(self._files[form.format(len(found) + 1)])
        return tuple(found)

    def _segments(self, prefix: str, at: int) -> set[str]:
        return {name.split("/")[at] for name in self._files if name.startswith(prefix)}

    def _log(self, at: str, messages: int) -> LogEvidence:
        return LogEvidence(
            messages=tuple(self._entry(f"{at}{number + 1:02d}") for number in range(messages)),
            adopted=self._entries(at + "directory-{}"),
            interval=self._entry(f"{at}interval") if f"{at}interval{_ENTRY}" in self._files else None,
            others=self._entries(at + "local-{:02d}"),
        )

    def _entries(self, form: str) -> tuple[ProvenEntry, ...]:
        count = len(self._numbered(form + _ENTRY))
        return tuple(self._entry(form.format(number + 1)) for number in range(count))

    def _entry(self, at: str) -> ProvenEntry:
        opening = self._files.get(at + _OPENING)
        opened = None if opening is None else parse(_OpeningFile, opening, limit=limits.ENVELOPE_BYTES, where="opening")
        return ProvenEntry(
            self._need(at + _ENTRY),
            self._need(at + _PROOF),
            self._files.get(at + _EARLY),
            None if opened is None else Opening(opened.salt, opened.payload),
            self._files.get(at + _TOKEN),
        )

    def _directory(self, at: str, states: list[Authority]) -> DirectoryEvidence:
        own = {f"{at}{name}.json" for name in ("timestamp", "snapshot", "targets")}
        files = {
            name.removeprefix(at): raw
            for name, raw in self._files.items()
            if name.startswith(at) and name not in own and not name.startswith(f"{at}roles/")
        }
        return DirectoryEvidence(
            timestamp=self._need(f"{at}timestamp.json"),
            snapshot=self._need(f"{at}snapshot.json"),
            targets=self._need(f"{at}targets.json"),
            roles={state: self._need(f"{at}roles/{state}.json") for state in states},
            files=files,
        )


def _authority(code: str) -> Authority:
    try:
        return Authority(code)
    except ValueError:
        raise Malformed("evidence.logs", reason="unknown_authority") from None
