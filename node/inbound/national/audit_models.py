"""What those who oversee the node are shown of its audit log. Explicit, like all of the API."""

from typing import Any, Literal

from node.inbound.national.models import ApiModel, Moment
from protocol.authority import Authority
from protocol.journal import Direction


class ActShown(ApiModel):
    """An act: its place in a log once it has one, its kind as a code, and who had to do with it.

    `x` is the entry's own id; `exchange` that of the exchange it was about. `erased`: nobody can open what it was about any more.
    """

    log: str | None
    position: int | None
    at: Moment
    kind: str
    x: str
    exchange: str | None
    peer: str | None
    direction: Direction | None
    officer: str | None
    erased: bool


class ActsShown(ApiModel):
    """A page of acts, the newest first. `before` asks for those that follow; none if there are no more."""

    acts: list[ActShown]
    before: int | None


class OpenedShown(ActShown):
    """An act with the entry in the log as it stands there, and what the entry commits to: the salt in hex, and the payload.

    `withheld`: only a protection liaison may open what it was about.
    """

    entry: str | None
    salt: str | None
    payload: dict[str, Any] | None
    withheld: bool


class FaultShown(ApiModel):
    """What does not hold, as a code, and where: a position in the log, or the size of a checkpoint."""

    at: int
    fault: str


class LateShown(ApiModel):
    """An entry that came long after the time that it bears: its place in the log, and its kind as a code."""

    at: int
    kind: str


class VerdictShown(ApiModel):
    """What was found of one log: it holds if there are no faults. `faults` are the first of `faults_in_all`.

    `witnessed_size` and `witnessed`: how far the witnesses of the directory in force vouch for it, since when. `noted_size` and
    `noted`: how far the node itself noted it as witnessed where they do not, which proves nothing. `end`: with how many entries
    the member states have closed it, by the directory. `erased`: acts whose content an erasure on record took. `lost`: acts whose
    content a restore did not bring back, or of which only the entry came back, when the log was rebuilt from its tiles.
    `waiting`: acts that have no place yet. `late`: entries that came long after the time that they bear, the first of
    `late_in_all`.
    """

    origin: str
    size: int
    opened: Moment
    closed: Moment | None
    halted: str | None
    checkpoints: int
    witnessed_size: int
    witnessed: Moment | None
    noted_size: int
    noted: Moment | None
    end: int | None
    erased: int
    lost: int
    waiting: int
    late: list[LateShown]
    late_in_all: int
    faults: list[FaultShown]
    faults_in_all: int
    holds: bool


class ProofShown(ApiModel):
    """The three files that prove an entry: the proof, the entry's own bytes, and the policy to check it by.

    `closed`: the member states closed the log with the proof's checkpoint, and the policy asks for no witness. Who checks
    compares size and root with the signed directory.
    """

    proof: str
    entry: str
    policy: str
    closed: bool


class ForkShown(ApiModel):
    """A peer's log that shows two histories: the notes that it signed as text, the first with this node's cosignature.

    `cause`: `other_root`, two roots of one size, which the notes prove by themselves; `bad_proof`, two sizes of which the smaller
    does not lead to the larger. `settled`: since when the directory names another log. `key`: the log's verifier key (C2SP
    signed-note), if the directory in force has that log.
    """

    number: int
    authority: Authority
    log: str
    cause: Literal["other_root", "bad_proof"]
    noticed: Moment
    settled: Moment | None
    first: str
    second: str
    key: str | None


class AgainstUsShown(ApiModel):
    """A checkpoint under our own key that our log did not lead to, with the cosignatures of those who showed it."""

    log: str
    size: int
    witnesses: list[Authority]
    note: str
    key: str | None


class ForksShown(ApiModel):
    """All evidence of two histories of one log that the node keeps; of peers the newest first."""

    of_peers: list[ForkShown]
    against_us: list[AgainstUsShown]


class EnteredShown(ApiModel):
    """One side's entry: its kind, its date, and where it stands in that side's log (`seq`: which one with the other side)."""

    kind: str
    at: Moment
    log: str
    seq: int


class DifferenceShown(ApiModel):
    """The entries of one envelope, where one is missing or they do not agree; `cause` is a code with a text in the catalogues."""

    cause: Literal[
        "missing_there",
        "missing_here",
        "differs",
        "dated_apart",
        "logged_late",
        "unanswered",
        "unacknowledged",
        "never_arrived",
        "reply_never_arrived",
    ]
    x: str
    ours: EnteredShown | None
    theirs: EnteredShown | None
    since: Moment


class BreachShown(ApiModel):
    """What the peer told of its log that no log can have: the first entry of it, the exchange that shows it, how often it was."""

    code: Literal["gap", "repeated", "twice", "unpaired", "went_back", "too_many"]
    log: str
    seq: int
    exchange: str
    first: Moment
    last: Moment
    count: int


class ReconciliationShown(ApiModel):
    """Our log beside a peer's. `agrees`: the peer's was just read to its end, and nothing contradicts anything.

    `log`, `reached`: how far it was read. `tried`, `compared`: when that was last begun, and last begun that came to its end;
    `error`: why it did not, a code. `newest`: the latest time that its log told. `differences` contradict each other, `noted` can
    be explained: the first of `differences_in_all` and `noted_in_all`. `under_way`: entries that are too young to say.
    `forked`: the peer's log signed two histories. `unwitnessed`: since when no quorum of its witnesses has vouched for what it
    shows us, once that is more than a day.
    """

    peer: str
    agrees: bool
    log: str | None
    reached: int
    tried: Moment | None
    compared: Moment | None
    error: str | None
    newest: Moment | None
    agreed: int
    under_way: int
    differences: list[DifferenceShown]
    differences_in_all: int
    noted: list[DifferenceShown]
    noted_in_all: int
    breaches: list[BreachShown]
    forked: bool
    unwitnessed: Moment | None
