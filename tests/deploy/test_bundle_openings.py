"""What somebody tries with what a bundle opens: adoptions, intervals, entries of one side alone. Each is refused, by its name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from deploy.verify_bundle import verify
from protocol.asic import unpack
from protocol.authority import Authority
from protocol.evidence import LogEvidence, ProvenEntry
from protocol.journal import Act
from tests.deploy.test_bundle_attacks import frozen
from tests.deploy.verdicts import of, told
from tests.protocol.bundles import (
    ROOT_DIGEST,
    WITNESSES,
    Exchange,
    Log,
    X,
    bundle,
    date,
    repacked,
    written,
)
from tests.protocol.federation import CO, DAY, NOW

FILES = unpack(bundle())


def test_openings_that_are_not_what_was_committed_to() -> None:
    one, other = "logs/CO/directory-1.opening.json", "logs/CO/directory-2.opening.json"
    assert told(repacked(bundle(), {one: FILES[other]})) == "other_opening"


def test_an_entry_of_another_kind_in_the_place_of_an_adoption() -> None:
    evidence = Exchange().evidence()
    log = evidence.logs[CO]
    assert log.interval is not None
    instead = replace(log, adopted=(log.interval, *log.adopted[1:]), interval=None)
    assert told(replace(evidence, logs={**evidence.logs, CO: instead}).to_bytes()) == "malformed"
    twice = replace(log, adopted=(log.adopted[0], log.adopted[0], log.adopted[1]))
    assert told(replace(evidence, logs={**evidence.logs, CO: twice}).to_bytes()) == "adopted_order"
    late = replace(log, interval=log.adopted[1])
    assert told(replace(evidence, logs={**evidence.logs, CO: late}).to_bytes()) == "malformed"
    after = replace(log, adopted=log.adopted[1:])
    assert told(replace(evidence, logs={**evidence.logs, CO: after}).to_bytes()) == "no_adoption"


@dataclass
class Disguised(Exchange):
    """Entries of a kind are of another, and say what those say."""

    kind: Act = Act.DIRECTORY_ADOPTED

    def log(self, state: Authority, peer: Authority, digests: Sequence[str]) -> tuple[Log, list[int], list[int], int | None]:
        found = super().log(state, peer, digests)
        log = found[0]
        log.entries[:] = [entry.replace(f'"{self.kind}"'.encode(), f'"{Act.IMPORTED}"'.encode()) for entry in log.entries]
        return found


@pytest.mark.parametrize("kind", [Act.DIRECTORY_ADOPTED, Act.INTERVAL_STARTED])
def test_an_entry_that_says_the_same_and_is_of_another_kind(kind: Act) -> None:
    assert of(Disguised(kind=kind)) == "other_kind"


@dataclass
class Void(Exchange):
    """Colombia opens besides that it did not believe the answer: entered a day after it, and dated `said`."""

    said: int = NOW + DAY + 30
    seen: int | None = NOW + DAY + 70
    """When witnesses saw the entry first; None: that proof is not shown."""
    about: bytes = f'{{"exchange":"{X}","peer":"PE","reason":"invented"}}'.encode()

    def log(self, state: Authority, peer: Authority, digests: Sequence[str]) -> tuple[Log, list[int], list[int], int | None]:
        found = super().log(state, peer, digests)
        if state == CO:
            found[0].note(Act.ANSWER_VOID, self.said, self.about)
        return found

    def side(self, state: Authority, peer: Authority, digests: Sequence[str]) -> LogEvidence:
        found = super().side(state, peer, digests)
        if state != CO:
            return found
        log, *_ = self.log(state, peer, digests)
        last, size = len(log.entries) - 1, len(log.entries)
        seen = None if self.seen is None else [(each, self.seen) for each in WITNESSES]
        opened = ProvenEntry(
            log.entries[last],
            log.proof(last, log.checkpoint(size, self.late, self.witness_secret)),
            None if seen is None else log.proof(last, log.checkpoint(size, seen, self.witness_secret)),
            log.openings[last],
        )
        return replace(found, others=(opened,))


def opened(exchange: Exchange) -> tuple[int, list[tuple[str, object]]]:
    """The exit code, and what is said of opened entries, with the time that is told of each."""
    report = verify(exchange.evidence().to_bytes(), ROOT_DIGEST)
    lines = [line for line in report.lines if line.code.startswith("opened")]
    assert all((line.facts["state"], line.facts["kind"]) == (CO, Act.ANSWER_VOID) for line in lines)
    return report.exit_code, [(line.code, line.facts.get("t") or line.facts.get("latest")) for line in lines]


def at(seconds: int) -> str:
    return f"{date(seconds):%Y-%m-%d %H:%M:%S} UTC"


def test_what_an_officer_opens_besides_is_told() -> None:
    assert opened(Void()) == (0, [("opened", at(NOW + DAY + 30))])


def test_an_opened_entry_s_own_date_is_not_told_as_the_truth_where_nothing_bears_it_out() -> None:
    # dated on the day of the exchange, and entered a day later
    claimed, seen, late = ("opened_date", at(NOW + 6)), at(NOW + DAY + 70), at(NOW + 2 * DAY + 2)
    assert opened(Void(said=NOW + 6)) == (3, [("opened_latest", seen), claimed])
    # and so where the proof of when it was entered is left out
    assert opened(Void(said=NOW + 6, seen=None)) == (3, [("opened_latest", late), claimed])
    assert opened(frozen(Void(said=NOW + 6, seen=None))) == (3, [("opened_undated", None), claimed])
    # what an interval would say is not there
    honest = ("opened_date", at(NOW + DAY + 30))
    assert opened(Void(interval=None)) == (3, [("opened_latest", seen), honest])


def test_an_opened_entry_of_another_exchange() -> None:
    assert opened(Void(about=b"{}"))[0] == 0
    others: tuple[dict[str, object], ...] = (
        {"exchange": "5c" * 16, "peer": "PE"},
        {"exchange": X, "peer": "BR"},  # who used the same id
        {"exchange": X},
        {"exchange": None, "peer": []},
    )
    for about in others:
        assert of(Void(about=written(about))) == "other_exchange"
    assert of(Void(about=b"[]")) == "malformed"


def test_an_opened_entry_that_is_dated_before_its_interval_or_after_the_witnesses_saw_it() -> None:
    assert of(Void(said=NOW - 30 * DAY)) == "backdated"
    assert of(Void(said=NOW + DAY + 3600)) == "dated_ahead"
