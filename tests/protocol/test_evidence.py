"""A bundle as values and as bytes: what is written is read, and nothing else is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from protocol import jws, limits
from protocol.asic import pack, unpack
from protocol.authority import Authority
from protocol.envelope import ENVELOPE_TYPE
from protocol.errors import Malformed, TooLarge
from protocol.evidence import DirectoryEvidence, Evidence, LogEvidence, Opening, ProvenEntry
from protocol.vocabulary import Language
from tests.protocol.bundles import BEFORE, Exchange, bundle, repacked
from tests.protocol.federation import BR, CO, PE, signing_key

EVIDENCE = Exchange().evidence()
LOG = EVIDENCE.logs[CO]
ENTRY = LOG.messages[0]
OPENED = LOG.adopted[0]
FILES = unpack(bundle())


def test_what_is_written_is_read() -> None:
    assert Evidence.from_bytes(bundle()) == EVIDENCE
    bare = Exchange(early=None, interval=None, covers=frozenset({Language.FR})).evidence()
    assert Evidence.from_bytes(bare.to_bytes()) == bare
    more = replace(LOG, messages=(replace(ENTRY, token=b"a token"), *LOG.messages[1:]), others=(OPENED,))
    full = replace(EVIDENCE, logs={CO: more, PE: EVIDENCE.logs[PE]})
    assert Evidence.from_bytes(full.to_bytes()) == full


def test_what_is_opened_is_not_shown_by_chance() -> None:
    assert OPENED.opening is not None
    assert "payload" not in repr(OPENED.opening)


@pytest.mark.parametrize("name", sorted(name for name in FILES if "cover" not in name and ".early." not in name))
def test_without_a_file_there_is_no_bundle(name: str) -> None:
    # how many roots and witnesses there are is said by what is signed, which is not read here
    if name == "directory/roots/2.json" or ("/members/" in name and not name.endswith(("CO.json", "PE.json"))):
        assert Evidence.from_bytes(repacked(bundle(), {name: None})) != EVIDENCE
    else:
        with pytest.raises(Malformed):
            Evidence.from_bytes(repacked(bundle(), {name: None}))


@pytest.mark.parametrize(
    "name",
    [
        *("envelopes/03.json", "envelopes/1.json", "logs/CO/03.entry", "logs/BR/01.entry", "logs/XX/01.entry", "logs/CO/a.txt"),
        *("directory/03/policy.json", "directory/x/policy.json", "directory/3/../x.json", "directory/3/roles/BR.json"),
        *("directory/roots/0.json", "../x.json", "/x.json", "cover.de.txt", "x.txt", "directory/3/members/../../x.json"),
        *(
            "logs/CO/directory-3.entry",
            "logs/CO/interval.txt",
            "logs/CO/01.opening.json",
            "directory/99999999999999999/policy.json",
        ),
    ],
)
def test_with_a_file_more_there_is_no_bundle(name: str) -> None:
    with pytest.raises(Malformed):
        Evidence.from_bytes(repacked(bundle(), {name: b"{}"}))


def test_a_page_of_other_words_is_refused() -> None:
    with pytest.raises(Malformed):
        Evidence.from_bytes(repacked(bundle(), {"cover.es.txt": b"otra cosa\n"}))


def changed(**changes: object) -> Evidence:
    return replace(EVIDENCE, **changes)  # type: ignore[arg-type]


MANY = tuple(range(1, 99))
REFUSED: dict[str, Callable[[], Any]] = {
    "no envelope": lambda: changed(envelopes=()),
    "too many envelopes": lambda: changed(envelopes=EVIDENCE.envelopes * 9),
    "an envelope without its entries": lambda: changed(envelopes=EVIDENCE.envelopes[:1]),
    "no root": lambda: changed(roots=()),
    "too many roots": lambda: changed(roots=EVIDENCE.roots * 40),
    "no directory": lambda: changed(directories={}),
    "too many directories": lambda: changed(directories=dict.fromkeys(MANY, EVIDENCE.directories[BEFORE])),
    "no page": lambda: changed(covers=frozenset()),
    "one side": lambda: changed(logs={CO: LOG}),
    "another side": lambda: changed(logs={CO: LOG, BR: LOG}),
    "a directory of others": lambda: changed(directories={3: replace(EVIDENCE.directories[3], roles={CO: b"", BR: b""})}),
    "a directory without its policy": lambda: changed(directories={3: replace(EVIDENCE.directories[3], files={})}),
    "no adoption": lambda: LogEvidence(LOG.messages, ()),
    "too many adoptions": lambda: LogEvidence(LOG.messages, (OPENED,) * 9),
    "too many others": lambda: LogEvidence(LOG.messages, LOG.adopted, others=(OPENED,) * 17),
    "an adoption that is not opened": lambda: LogEvidence(LOG.messages, (ENTRY,)),
    "an opened message": lambda: LogEvidence((OPENED,), LOG.adopted),
    "a salt of another length": lambda: Opening(b"", b""),
    "a payload past the limit": lambda: Opening(bytes(32), bytes(limits.LOG_ENTRY_BYTES + 1)),
    "a path elsewhere": lambda: DirectoryEvidence(b"", b"", b"", {}, {"../policy.json": b""}),
    "no envelope's form": lambda: changed(envelopes=(b"{}", b"{}")),
    "an envelope without an exchange": lambda: changed(envelopes=(jws.sign(b"{}", ENVELOPE_TYPE, signing_key(CO)),) * 2),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_bundle_can_hold_is_refused(case: str) -> None:
    with pytest.raises(Malformed):
        REFUSED[case]()


@pytest.mark.parametrize(
    "large",
    [
        ProvenEntry(bytes(limits.LOG_ENTRY_BYTES + 1), b""),
        ProvenEntry(b"", bytes(limits.LOG_PROOF_BYTES + 1)),
        ProvenEntry(b"", b"", token=bytes(limits.TIME_STAMP_BYTES + 1)),
    ],
)
def test_a_file_past_its_limit_is_refused(large: ProvenEntry) -> None:
    with pytest.raises(TooLarge):
        changed(logs={CO: replace(LOG, messages=(large, large)), PE: EVIDENCE.logs[PE]}).to_bytes()
    with pytest.raises(TooLarge):
        directory = replace(EVIDENCE.directories[3], targets=bytes(limits.ENVELOPE_BYTES + 1))
        changed(directories={**EVIDENCE.directories, 3: directory}).to_bytes()


def test_bytes_that_are_no_bundle() -> None:
    for raw in (b"", b"PK", pack({}), pack({"cover.es.txt": b""}), bundle()[:-1]):
        with pytest.raises(Malformed):
            Evidence.from_bytes(raw)
    assert Authority("CO") in EVIDENCE.logs
