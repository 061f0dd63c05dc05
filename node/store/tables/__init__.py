"""All tables of a node. Tables never parse input: SQLModel does not validate them, so only values already checked come here.

Times are POSIX seconds, digests are lower-case hex, sealed columns say so in their names.
"""

from node.store.tables.cases import (
    CaseIdentifier,
    CaseImport,
    CaseNetwork,
    CaseRouteNode,
    CaseSubject,
    ImportProblem,
    ProtectedMark,
    ProtectedName,
)
from node.store.tables.exchanges import BudgetSpending, Exchange, ExchangeKey, ExchangeReply, Intake, PeerUse
from node.store.tables.federation import (
    AdoptedDirectory,
    DeniedPeer,
    Equivocation,
    HeardHead,
    HeldAhead,
    HeldManifest,
    PeerContact,
    Restoration,
)
from node.store.tables.index import IndexItem, IndexList, ListEpoch
from node.store.tables.jobs import Job
from node.store.tables.officers import Officer, OfficerToken
from node.store.tables.publishing import HeldRecord, Publication, PublicationDraft, Quarantined
from node.store.tables.questions import Hit, Question, QuestionExchange, QuestionLine, QuestionSkip, QuestionToPeer
from node.store.tables.watch import BeatRun, HeardPeer, MachineSample

__all__ = [
    "AdoptedDirectory",
    "BeatRun",
    "BudgetSpending",
    "CaseIdentifier",
    "CaseImport",
    "CaseNetwork",
    "CaseRouteNode",
    "CaseSubject",
    "DeniedPeer",
    "Equivocation",
    "Exchange",
    "ExchangeKey",
    "ExchangeReply",
    "HeardHead",
    "HeardPeer",
    "HeldAhead",
    "HeldManifest",
    "HeldRecord",
    "Hit",
    "ImportProblem",
    "IndexItem",
    "IndexList",
    "Intake",
    "Job",
    "ListEpoch",
    "MachineSample",
    "Officer",
    "OfficerToken",
    "PeerContact",
    "PeerUse",
    "ProtectedMark",
    "ProtectedName",
    "Publication",
    "PublicationDraft",
    "Quarantined",
    "Question",
    "QuestionExchange",
    "QuestionLine",
    "QuestionSkip",
    "QuestionToPeer",
    "Restoration",
]
