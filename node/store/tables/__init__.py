"""All tables of a node. Tables never parse input: SQLModel does not validate them, so only values already checked come here.

Times are POSIX seconds, digests are lower-case hex, sealed columns say so in their names.
"""

from node.store.tables.alerts import Alert
from node.store.tables.cases import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ChangedWhilePublished,
    ImportProblem,
    WaitingChange,
)
from node.store.tables.erasing import Erasure, LegalHold
from node.store.tables.exchanges import BudgetSpending, Exchange, ExchangeKey, ExchangeReply, Intake, PeerUse, RepeatedAct
from node.store.tables.federation import (
    AdoptedDirectory,
    DeniedPeer,
    DirectoryFile,
    Equivocation,
    HeardHead,
    HeldAhead,
    HeldManifest,
    KeptDirectory,
    PeerContact,
    Restoration,
)
from node.store.tables.holds import Hold, HoldPass, LineLook, OfficerLock
from node.store.tables.index import IndexItem, IndexList, ListEpoch
from node.store.tables.jobs import Job
from node.store.tables.log import Log, LogCheckpoint, LogCount, LogTile
from node.store.tables.officers import Officer, OfficerToken
from node.store.tables.publishing import HeldRecord, Publication, PublicationDraft, Quarantined
from node.store.tables.question_openings import PeerOpening, QuestionOpening
from node.store.tables.questions import Hit, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from node.store.tables.reconciling import LogBreach, Reconciliation, ToldEntry
from node.store.tables.register import (
    ProtectedEntry,
    ProtectedFeed,
    ProtectedFeedProblem,
    ProtectedForm,
    ProtectedGeneration,
    ProtectedMark,
    ProtectedName,
    ProtectedProblem,
    ProtectedRemoval,
    ProtectedRun,
    ProtectedVersion,
)
from node.store.tables.removals import Removal
from node.store.tables.sweeps import AskedNumber
from node.store.tables.watch import BeatRun, HeardPeer, MachineSample
from node.store.tables.witnessing import LogFork, LogWitness, WitnessedLog

__all__ = [
    "AdoptedDirectory",
    "Alert",
    "AskedNumber",
    "BeatRun",
    "BudgetSpending",
    "CaseIdentifier",
    "CaseImport",
    "CaseNetwork",
    "CaseRouteNode",
    "CaseSubject",
    "ChangedWhilePublished",
    "DeniedPeer",
    "DirectoryFile",
    "Equivocation",
    "Erasure",
    "Exchange",
    "ExchangeKey",
    "ExchangeReply",
    "HeardHead",
    "HeardPeer",
    "HeldAhead",
    "HeldManifest",
    "HeldRecord",
    "Hit",
    "Hold",
    "HoldPass",
    "ImportProblem",
    "IndexItem",
    "IndexList",
    "Intake",
    "Job",
    "KeptDirectory",
    "LegalHold",
    "LineLook",
    "ListEpoch",
    "Log",
    "LogBreach",
    "LogCheckpoint",
    "LogCount",
    "LogFork",
    "LogTile",
    "LogWitness",
    "MachineSample",
    "Officer",
    "OfficerLock",
    "OfficerToken",
    "PeerContact",
    "PeerOpening",
    "PeerUse",
    "ProtectedEntry",
    "ProtectedFeed",
    "ProtectedFeedProblem",
    "ProtectedForm",
    "ProtectedGeneration",
    "ProtectedMark",
    "ProtectedName",
    "ProtectedProblem",
    "ProtectedRemoval",
    "ProtectedRun",
    "ProtectedVersion",
    "Publication",
    "PublicationDraft",
    "Quarantined",
    "Question",
    "QuestionExchange",
    "QuestionLine",
    "QuestionOpening",
    "QuestionSkip",
    "QuestionToPeer",
    "Reconciliation",
    "Removal",
    "RepeatedAct",
    "Restoration",
    "ToldEntry",
    "WaitingChange",
    "WitnessedLog",
]
