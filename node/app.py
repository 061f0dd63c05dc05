"""The only wiring: a node from its folder, its parts joined once, its beats, its two servers."""

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path

from crypto.group import RandomBytes, use_library
from node.custody import Ask, nobody, open_vault
from node.directory.client import DirectoryClient, directory_http
from node.durable import serving
from node.federation import Federation
from node.flows.adopt_directory import AdoptDirectory
from node.flows.answer_match import AnswerMatch
from node.flows.ask_list import AskList
from node.flows.ask_peers import AskPeers
from node.flows.call_peer import CallPeer
from node.flows.check_clock import CheckClock
from node.flows.cosign_logs import CosignLogs
from node.flows.count_refusals import CountRefusals
from node.flows.decide_holds import DecideHolds
from node.flows.deliver_records import DeliverRecords
from node.flows.erase_exchanges import EraseExchanges
from node.flows.feed_register import FeedRegister
from node.flows.feed_witnesses import FeedWitnesses
from node.flows.follow_lists import FollowLists
from node.flows.follow_removals import FollowRemovals
from node.flows.gather_evidence import GatherEvidence
from node.flows.hold_by_law import HoldByLaw
from node.flows.import_case import ImportCase
from node.flows.job_lane import JobLane
from node.flows.keep_alerts import KeepAlerts
from node.flows.keep_index import KeepIndex
from node.flows.keep_log import KeepLog
from node.flows.keep_officers import KeepOfficers
from node.flows.keep_outbox import KeepOutbox
from node.flows.keep_register import KeepRegister
from node.flows.keep_watch import KeepWatch
from node.flows.list_segments import ListSegments
from node.flows.look_at_logs import LookAtLogs
from node.flows.measure import Measure
from node.flows.open_question import OpenQuestion
from node.flows.peer_workers import PeerWorkers
from node.flows.prepare_entries import PrepareEntries
from node.flows.prove_entry import ProveEntry
from node.flows.publish import Publish
from node.flows.read_log import ReadLog
from node.flows.reconcile import Reconcile
from node.flows.recover import Recover
from node.flows.revoke_keys import RevokeKeys
from node.flows.rotate_keys import RotateKeys
from node.flows.show_federation import ShowFederation
from node.flows.show_forks import ShowForks
from node.flows.show_question import ShowQuestion
from node.flows.take_feed import TakeFeed
from node.flows.tell_ledger import TellLedger
from node.flows.tell_openings import TellOpenings
from node.flows.turn_epochs import TurnEpochs
from node.inbound.national import (
    alerts,
    audit,
    erasures,
    evidence,
    forks,
    holds,
    identifications,
    imports,
    ledger,
    openings,
    outbox,
    peers,
    publications,
    questions,
    records,
    refusals,
    register,
    removals,
    revocations,
)
from node.inbound.national.app import national_app
from node.inbound.national.server import national_server
from node.inbound.peer.app import peer_app
from node.inbound.peer.inbox import Inbox
from node.keys import Keys
from node.outbound.peers import PeerLines
from node.rhythm import Rhythm
from node.safeguards import protected
from node.safeguards.checks import safeguards
from node.safeguards.door import Door
from node.safeguards.holds import Holding
from node.settings import Settings
from node.store import jobs
from node.store.database import Database
from node.store.index_files import IndexFiles
from node.store.jobs import Lane
from node.store.place import url_of
from node.store.sqlite import PREFIX, need_file
from node.telemetry.telling import OFF, Telemetry, telling
from node.telemetry.words import Words, codes_of_errors
from node.tls.contexts import trusting
from node.tls.own import OwnLeaf
from node.tls.server import peer_server, server_context
from node.tls.trust import PeerTrust

_MEMBERS = 35  # of the OAS. A pool has every place for each of them: none waits for another's slow peer
_PLACES = {Lane.REVOCATION: 1, Lane.URGENT: 1, Lane.QUESTION: 2, Lane.RECORD: 1}  # workers that a peer has at once
_POOLS = {"lists": _MEMBERS, "witnesses": _MEMBERS, "reconcile": _MEMBERS, "import": 1, "verify": 1}
"""Workers of everything else, in this order."""

_SECONDS_TO_END = 5  # for work that is under way; what is cut off then is as after a crash: docs/spec/kill-points.md


def now() -> int:
    """POSIX seconds, by this machine's clock."""
    return int(time.time())


class Node(Rhythm):
    """One national node: its parts, each wired once. `officers` serves local commands; `run` serves until told to stop."""

    cut_off = False
    """Whether work was still going on when the node had closed: with a peer that keeps silent, say."""

    def __init__(
        self, folder: Path, clock: Callable[[], int] = now, ask_passphrase: Ask = nobody, random: RandomBytes = os.urandom
    ) -> None:
        """From a folder that `node.founding.found` made. Raises `SettingsError`, `KeysUnusable`, `BadMaterial`, `DirectoryError`.

        `clock` gives POSIX seconds, `random` bytes that nobody can foresee. `ask_passphrase` asks at the terminal, where the
        settings want one typed.
        """
        self._folder, self._now = folder, clock
        self.settings = settings = Settings.read(folder)
        use_library(settings.sodium)
        self.vault = vault = open_vault(folder, settings.keys, ask_passphrase)
        self.keys = keys = Keys.read(vault, settings.register_socket)
        own = OwnLeaf(vault)
        self._words = Words(codes_of_errors())
        self.telemetry = telemetry = self._make_telemetry(folder)
        place = url_of(folder, settings)
        need_file(place)
        self.database = database = Database(place, keys.storage, random, clock, telemetry)
        database.migrate()
        self.federation = federation = Federation(settings.authority, clock)
        self._trust = trust = PeerTrust()
        files = IndexFiles(folder / "index")
        door = Door(federation, keys, safeguards(federation, keys))
        self._lines = lines = PeerLines(federation, own, clock)
        call = CallPeer(database, federation, door, lines)
        # one pool a kind of work, one a lane: no backlog of records holds a question up, and no peer takes more than its places
        pools = {lane: ThreadPoolExecutor(_MEMBERS * places, lane.value) for lane, places in _PLACES.items()}
        lanes = {lane: JobLane(database, lane, PeerWorkers(pools[lane], places)) for lane, places in _PLACES.items()}
        lists, witnesses, comparing, importing, verifying = (ThreadPoolExecutor(most, name) for name, most in _POOLS.items())
        self._pools = (lists, witnesses, comparing, importing, verifying, *pools.values())
        self.follow = follow = FollowLists(database, federation, door, lines, call, files, PeerWorkers(lists, 1))
        self.officers = officers = KeepOfficers(database, keys)
        self.log, self.reconcile, self.witnesses = (
            KeepLog(database, keys, federation.me),
            Reconcile(
                database,
                federation,
                call,
                LookAtLogs(database, federation, door, lines),
                PeerWorkers(comparing, 1),
                settings.beats.reconcile,
            ),
            FeedWitnesses(database, federation, keys, door, lines, PeerWorkers(witnesses, 1), database.life),
        )
        self.publish = publish = Publish(database, keys, federation)
        self.deliver = DeliverRecords(database, federation, call, lanes[Lane.URGENT], lanes[Lane.RECORD])
        segments = ListSegments(keys, files, settings.beats)
        prepare = PrepareEntries(database, keys, segments)
        self.index = KeepIndex(database, keys, federation, files, settings.beats, segments, prepare)
        self.epochs = epochs = TurnEpochs(database, keys, federation, prepare, settings.epochs, random)
        self.recover = Recover(database, keys, federation, call, epochs)
        ask_list = AskList(database, keys, federation, door, call, files, random, Holding(keys, settings.officers.review_rate))
        self.ask = ask = AskPeers(database, federation, follow, ask_list, settings.officers, lanes[Lane.QUESTION])
        self._import, self._feed = import_case, feed = ImportCase(database, keys), FeedRegister(database, keys)
        show, self.removals = (
            ShowFederation(database, federation),
            FollowRemovals(database, federation, settings.beats.manifest_validity),
        )
        self._directory_http = directory_http(trusting(folder / settings.directory.tls_authority))
        self.adopt = AdoptDirectory(
            database,
            federation,
            DirectoryClient(
                folder / "directory",
                settings.directory.url,
                (folder / settings.directory.root).read_bytes(),
                root_fingerprint=settings.directory.root_fingerprint,
                http=self._directory_http,
            ),
            trust,
        )
        self.rotate = RotateKeys(database, federation, keys, own, clock)
        self.revoke = revoke = RevokeKeys(database, federation, door, self.adopt, call, lanes[Lane.REVOCATION])
        self.erase, self.tell = (
            EraseExchanges(database, federation, door, call),
            TellOpenings(database, federation, door, call),
        )
        self.peer_app = peer_app(self._inbox(door, random), files, trust, clock, telemetry)
        self.national_app = national_app(
            [
                peers.routes(officers, show),
                records.routes(officers, show),
                identifications.routes(officers, federation.me),
                imports.routes(officers, import_case, importing),
                register.routes(
                    officers,
                    KeepRegister(database, keys),
                    feed,
                    TakeFeed(database, keys, federation, settings.feed.key),
                    importing,
                ),
                publications.routes(officers, publish),
                removals.routes(officers, self.removals),
                revocations.routes(officers, revoke),
                questions.routes(officers, ask, ShowQuestion(database, federation), federation),
                outbox.routes(officers, KeepOutbox(database, self._go_on)),
                alerts.routes(officers, KeepAlerts(database)),
                refusals.routes(officers, CountRefusals(database)),
                holds.routes(officers, DecideHolds(database, ask_list.holding, ask.resume)),
                ledger.routes(officers, TellLedger(database, federation)),
                evidence.routes(officers, GatherEvidence(database, federation, self.adopt, door, lines)),
                erasures.routes(officers, self.erase, HoldByLaw(database)),
                audit.routes(officers, ReadLog(database), ProveEntry(database, keys, federation), self.reconcile, verifying),
                openings.routes(officers, OpenQuestion(database)),
                forks.routes(officers, ShowForks(database, federation, keys)),
            ],
            officers.sign_in,
            telemetry,
        )
        self._measure = Measure(database, federation, folder / "tls" / "leaf.pem", clock)
        self._peer_server = peer_server(self.peer_app, settings.peer.host, settings.peer.port, server_context(own, trust))
        self._national_server = national_server(self.national_app, settings.national.host, settings.national.port)
        self._watch = KeepWatch(database, folder)
        self._clock, self._in_doubt = CheckClock(database, federation, time.monotonic), threading.Event()
        self.beats = self._make_beats()

    def _inbox(self, door: Door, random: RandomBytes) -> Inbox:
        answer = AnswerMatch(self.database, self.keys, self.federation, door, random)
        cosign = CosignLogs(self.database, self.federation, door)
        return Inbox(self.database, self.federation, door, answer, self.revoke, cosign, self.erase, self.tell)

    def run(self, begins: Callable[[], object] = lambda: None) -> None:
        """Serve until SIGINT or SIGTERM, or until `stop`. `begins` is called once no other process serves from the folder.

        Raises `ServedAlready` if one does, `RegisterUnusable` while the register of protected people cannot be looked up whole.
        """
        with serving(self._folder):
            with self.database.read() as work:
                protected.need_usable(work, self.keys)
            begins()
            self._serve()

    def _serve(self) -> None:
        self.adopt.load()
        self._when_a_member(self.rotate.beat)()
        self._import.fail_unfinished()
        self._feed.stop_unfinished()
        # what is leased in a database of this folder was leased in an earlier life; where others may be at work, leases run out
        if self.database.url.startswith(PREFIX):
            with self.database.begin() as work:
                jobs.give_back(work)
        self.ask.recover()
        for beat in self.beats:
            beat.start()
        peers_thread = threading.Thread(target=self._peer_server.run, name="peer-server")
        peers_thread.start()
        try:
            self._national_server.run()
        finally:
            self._peer_server.should_exit = True
            peers_thread.join()
            self.close()

    @property
    def serving(self) -> bool:
        """Whether both servers answer."""
        return self._peer_server.started and self._national_server.started

    def stop(self) -> None:
        """Ask `run` to end."""
        self._national_server.should_exit = True

    def close(self) -> None:
        """Give everything back: beats, workers, connections, database. Work that does not end in time is `cut_off`."""
        ending = threading.Thread(target=self._end_work, name="ending", daemon=True)
        ending.start()
        ending.join(_SECONDS_TO_END)
        self.cut_off = ending.is_alive()
        self._lines.close()
        self._directory_http.close()
        self.database.close()
        self.telemetry.close()

    def _end_work(self) -> None:
        for beat in self.beats:
            if beat.is_alive():
                beat.stop()
        for workers in self._pools:
            workers.shutdown(wait=True, cancel_futures=True)

    def _make_telemetry(self, folder: Path) -> Telemetry:
        wanted = self.settings.telemetry
        if wanted.endpoint is None:
            return OFF
        return telling(
            self._words,
            state=self.settings.authority,
            version=version("celosia"),
            endpoint=wanted.endpoint,
            interval=wanted.interval,
            context=None if wanted.tls_authority is None else trusting(folder / wanted.tls_authority),
        )
