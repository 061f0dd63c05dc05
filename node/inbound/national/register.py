"""The protected register for its liaison: one person entered, a file fed, an entry taken out by two, and counts."""

from concurrent.futures import Executor
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, UploadFile
from pydantic import Field
from sqlmodel import col, select

from node.case_files.limits import CELL_CHARACTERS, VALUES_A_CELL
from node.case_files.protected_people import count_protected, read_entry, read_protected
from node.flows.feed_register import FeedRegister
from node.flows.keep_officers import KeepOfficers
from node.flows.keep_register import EntryNotReadable, KeepRegister
from node.flows.take_feed import TakeFeed
from node.inbound.national.guards import in_role
from node.inbound.national.models import ApiModel, Moment
from node.inbound.problems import NotFound
from node.officers import ProtectionLiaison
from node.store.tables import ProtectedProblem, ProtectedRun
from protocol.identifiers import Kind

_CELL = Field(max_length=CELL_CHARACTERS)
_ENTRY_IDENTIFIERS = 4 * VALUES_A_CELL
Reference = Annotated[str, Field(min_length=1, max_length=200)]


class BorneIdentifier(ApiModel):
    """An identifier as somebody wrote it."""

    kind: Kind
    value: str = _CELL


class EntryRequest(ApiModel):
    """One person to be entered; `country` and `platform`, `bank` are for how the identifiers are read."""

    reference: Reference
    given_names: str = _CELL
    surnames: str = _CELL
    birth_date: str = _CELL
    identifiers: list[BorneIdentifier] = Field(max_length=_ENTRY_IDENTIFIERS)
    country: str | None = Field(default=None, max_length=2)
    platform: str | None = Field(default=None, max_length=80)
    bank: str | None = Field(default=None, max_length=80)


class Entered(ApiModel):
    """`fresh`: how many identifiers were not in the register before."""

    fresh: int


class RemovalRequest(ApiModel):
    """The national reference of the entry to be taken out."""

    reference: Reference


class RemovalShown(ApiModel):
    """`proposed`: another liaison has to want it, too."""

    state: Literal["proposed", "removed"]


class UnfinishedShown(ApiModel):
    """A file that was left half read: whose, since when, how far it came, and why it stopped, as a code."""

    id: str
    officer: str
    created: Moment
    rows_total: int
    rows_read: int
    reason: str


class RegisterShown(ApiModel):
    """Counts. `behind`: kinds that wait for the register to be fed anew; `removals` wait for a second liaison; `feed`: the
    sequence of the last signed feed, 0 before the first.
    """

    entries: dict[str, int]
    identifiers: int
    names: int
    behind: list[str]
    removals: int
    unfinished: list[UnfinishedShown]
    feed: int


class FeedProblemShown(ApiModel):
    """Where something was not taken, and why; of the row the rest was, unless the reason says that it was left out."""

    line: int
    column: str
    reason: str


class FeedShown(ApiModel):
    """How far a file came. `stopped`: for `reason`; the same file goes on there. `given_up`: nobody waits for the rest."""

    id: str
    state: Literal["running", "stopped", "done", "given_up"]
    reason: str
    rows_total: int
    rows_read: int
    rows_taken: int
    problems: list[FeedProblemShown]


class TakenFeedShown(ApiModel):
    """`taken`: how many entries of the feed; `problems` count its entries from 1."""

    sequence: int
    taken: int
    problems: list[FeedProblemShown]


def routes(officers: KeepOfficers, keep: KeepRegister, feed: FeedRegister, take: TakeFeed, executor: Executor) -> APIRouter:
    """GET /v1/protected; POST …/entries, …/removals, …/imports, …/feeds; GET and DELETE …/imports/{id}."""
    router = APIRouter(prefix="/v1/protected", tags=["protected register"])
    AProtectionLiaison = Annotated[ProtectionLiaison, Depends(in_role(officers, ProtectionLiaison))]  # noqa: N806  a type

    @router.get("", summary="How much is in the register, and what has to be done")
    def get_register(officer: AProtectionLiaison) -> RegisterShown:
        state = keep.state(officer)
        unfinished = [vars(each) for each in state.unfinished]
        return RegisterShown.model_validate({**vars(state), "behind": list(state.behind), "unfinished": unfinished})

    @router.post("/entries", summary="Enter one person; every local use stops at once")
    def post_entry(officer: AProtectionLiaison, entry: EntryRequest) -> Entered:
        with keep.database.read() as work:
            today = work.today()
        beside = {"country": entry.country or "", "platform": entry.platform or "", "bank": entry.bank or ""}
        texts = {"given_names": entry.given_names, "surnames": entry.surnames, "birth_date": entry.birth_date, **beside}
        borne = [(each.kind, each.value) for each in entry.identifiers]
        row, problems = read_entry(entry.reference, texts, borne, take.federation.me, today)
        if row is None or problems:
            raise EntryNotReadable(problems)
        return Entered(fresh=keep.add(officer, row))

    @router.post("/removals", summary="Take an entry out; two liaisons have to")
    def post_removal(officer: AProtectionLiaison, removal: RemovalRequest) -> RemovalShown:
        return RemovalShown(state="removed" if keep.remove(officer, removal.reference) else "proposed")

    @router.post("/imports", status_code=202, summary="Feed the register by a file")
    def post_import(officer: AProtectionLiaison, file: Annotated[UploadFile, File()]) -> FeedShown:
        raw = file.file.read()
        total = count_protected(raw)
        run_id = feed.begin(officer, raw, total)
        with feed.database.read() as work:
            today = work.today()
        executor.submit(feed.run, run_id, read_protected(raw, take.federation.me, today))
        return _shown(feed, run_id)

    @router.get("/imports/{run_id}", summary="Where a feeding of the register stands")
    def get_import(_officer: AProtectionLiaison, run_id: str) -> FeedShown:
        return _shown(feed, run_id)

    @router.delete("/imports/{run_id}", summary="Wait no longer for the rest of a file that stopped")
    def delete_import(officer: AProtectionLiaison, run_id: str) -> FeedShown:
        if not feed.give_up(officer, run_id):
            raise NotFound("unknown_import")
        return _shown(feed, run_id)

    @router.post("/feeds", summary="Take a signed feed of the national system")
    def post_feed(officer: AProtectionLiaison, signed: Annotated[bytes, File()]) -> TakenFeedShown:
        taken = take.take(officer, signed)
        problems = [FeedProblemShown(line=each.line, column=each.column, reason=each.reason) for each in taken.problems]
        return TakenFeedShown(sequence=taken.sequence, taken=taken.taken, problems=problems)

    return router


def _shown(feed: FeedRegister, run_id: str) -> FeedShown:
    with feed.database.read() as work:
        held = work.session.get(ProtectedRun, run_id)
        if held is None:
            raise NotFound("unknown_import")
        of_run = select(ProtectedProblem).where(ProtectedProblem.run_id == run_id).order_by(col(ProtectedProblem.id))
        problems = work.session.exec(of_run).all()
        return FeedShown.model_validate(
            {
                **held.model_dump(include=set(FeedShown.model_fields)),
                "problems": [FeedProblemShown(line=each.line, column=each.column, reason=each.reason) for each in problems],
            }
        )
