"""What recurs in a node: its beats, and what each of them does. The parts are wired in `node/app.py`."""

import threading
from collections.abc import Callable
from functools import partial

from fastapi import FastAPI

from node.beats import Beat
from node.federation import Federation
from node.flows.adopt_directory import AdoptDirectory
from node.flows.ask_peers import AskPeers
from node.flows.check_clock import CheckClock
from node.flows.deliver_records import DeliverRecords
from node.flows.erase_exchanges import EraseExchanges
from node.flows.feed_witnesses import FeedWitnesses
from node.flows.follow_lists import FollowLists
from node.flows.follow_removals import FollowRemovals
from node.flows.keep_index import KeepIndex
from node.flows.keep_log import KeepLog
from node.flows.keep_retention import KeepRetention
from node.flows.keep_watch import SAMPLE_SECONDS, KeepWatch
from node.flows.measure import Measure
from node.flows.publish import Publish
from node.flows.reconcile import LOOKS, Reconcile
from node.flows.revoke_keys import RevokeKeys
from node.flows.rotate_keys import RotateKeys
from node.flows.tell_openings import TellOpenings
from node.flows.turn_epochs import TurnEpochs
from node.inbound.measured import templates_of
from node.settings import Settings
from node.store import restorations
from node.store.database import Database
from node.telemetry.telling import Telemetry
from node.telemetry.words import Words

_ERASURE_SECONDS = 3600
_TELLING_SECONDS = 3600
"""How often what is past its term is erased, and peers are asked whether they have erased too. Terms count days."""
_SECONDS_OF_DOUBT = 5
"""How soon what a doubtful clock has put off goes on once peers have confirmed it."""


class Rhythm:
    """The parts that recurring work needs, and the work. A node is one with servers around it."""

    settings: Settings
    database: Database
    federation: Federation
    telemetry: Telemetry
    adopt: AdoptDirectory
    rotate: RotateKeys
    revoke: RevokeKeys
    publish: Publish
    deliver: DeliverRecords
    index: KeepIndex
    removals: FollowRemovals
    epochs: TurnEpochs
    follow: FollowLists
    ask: AskPeers
    erase: EraseExchanges
    tell: TellOpenings
    reconcile: Reconcile
    log: KeepLog
    witnesses: FeedWitnesses
    national_app: FastAPI
    peer_app: FastAPI
    beats: list[Beat]
    _words: Words
    _measure: Measure
    _watch: KeepWatch
    _clock: CheckClock
    _in_doubt: threading.Event
    _now: Callable[[], int]
    _enqueued_for = 0  # version of the directory whose members all have what is theirs in the outbox

    def _make_beats(self) -> list[Beat]:
        beats = self.settings.beats
        often = min(beats.additions, beats.removals) / 4
        made = [
            self._beat("directory", beats.directory, self._refresh_directory),
            self._beat("index", often, self._when_a_member(self._beat_index)),
            self._beat("epochs", often, self._turn_epochs),
            self._beat("manifests", beats.manifests, self._when_a_member(self.follow.visit_all)),
            self._beat("outbox", beats.outbox, self._when_a_member(self._send_records)),
            self._beat("questions", beats.questions, self._when_a_member(self.ask.resume)),
            self._beat("clock", _SECONDS_OF_DOUBT, self._when_a_member(self._end_doubt)),
            self._beat("log", beats.checkpoint, self.keep_log),
            self._beat("reconcile", beats.reconcile / LOOKS, self._when_a_member(self.reconcile.visit_due)),
            self._beat("erasure", _ERASURE_SECONDS, self._when_a_member(self._erase)),
            self._beat("openings", _TELLING_SECONDS, self._when_a_member(self._tell_openings)),
            self._beat("samples", SAMPLE_SECONDS, self._watch.take_sample),
        ]
        if self.settings.telemetry.endpoint is not None:
            self._words.add("route", [*templates_of(self.national_app), *templates_of(self.peer_app)])
            made.append(self._beat("telemetry", self.settings.telemetry.interval, self._measure.beat))
        for beat in made:
            beat.work = self.telemetry.timed(beat.name, beat.work)
        self._words.add("beat", (beat.name for beat in made))
        return made

    def _beat(self, name: str, seconds: float, work: Callable[[], object]) -> Beat:
        return Beat(name, seconds, work, partial(self._watch.beat_ended, name, seconds))

    def _refresh_directory(self) -> None:
        """What is adopted may ask for our next key or leaf, and what was adopted long ago may ask for it by now."""
        try:
            self.adopt.refresh()
        finally:
            self._when_a_member(self.rotate.beat)()

    def keep_log(self) -> None:
        """The beat of the log. Witnesses are asked what they saw before anything is signed, and shown what was."""
        answered = self.witnesses.look_at_all()
        with self.database.read() as work:
            doubtful = restorations.is_open(work) and not answered
        if not doubtful:  # a restored node knows that it may be behind, and waits until somebody can say
            self.log.beat()
        self.witnesses.feed_all()

    def _send_records(self) -> None:
        version = self.federation.directory.ref.version
        if version != self._enqueued_for:
            self.publish.enqueue_for_newcomers()
            self._enqueued_for = version
        self.revoke.tell_all()
        self.deliver.deliver_all()

    def _go_on(self) -> None:
        """What is due now, rather than at its beat."""
        self.revoke.tell_all()
        self.deliver.deliver_all()
        self.ask.resume()

    def _beat_index(self) -> None:
        confirmed = self._clock.confirmed()
        if confirmed is None:
            self._in_doubt.set()
        else:
            self.publish.expire()
            self.index.beat(confirmed)
            self.removals.alert()

    def _erase(self) -> None:
        """By a clock that peers confirm: one that is years ahead would erase everything."""
        confirmed = self._clock.confirmed()
        if confirmed is None:
            self._in_doubt.set()
        else:
            KeepRetention(self.database, self.federation).beat(confirmed)
            self.erase.ask_peers()

    def _tell_openings(self) -> None:
        """By a clock that peers confirm: what is put off by one that is years ahead would wait for years."""
        if self._clock.confirmed() is None:
            self._in_doubt.set()
        else:
            self.tell.tell_peers()

    def _turn_epochs(self) -> None:
        """Who is no member has no peers to compare clocks with, and none that could be misled."""
        confirmed = self._clock.confirmed() if self._is_member else self._now()
        if confirmed is None:
            self._in_doubt.set()
        else:
            self.epochs.turn(confirmed)

    def _end_doubt(self) -> None:
        """What a doubtful clock has put off is done as soon as peers confirm it, rather than at the beat after."""
        if self._in_doubt.is_set() and self._clock.is_right():
            self._in_doubt.clear()
            for beat in self.beats:
                if beat.name in ("beat-index", "beat-epochs", "beat-erasure", "beat-openings"):
                    beat.soon()

    @property
    def _is_member(self) -> bool:
        return self.federation.has_directory and self.federation.me in self.federation.directory.members

    def _when_a_member(self, work: Callable[[], object]) -> Callable[[], object]:
        """Before the first directory is adopted there is nobody to speak to, and no list that anybody could trust."""

        def run() -> None:
            if self._is_member:
                work()

        return run
