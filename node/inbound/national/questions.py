"""Asking: a case file in, progress peer by peer and hits out. An officer sees its own questions and no others."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends

from node.case_files.problems import Problem
from node.case_files.questions import QuestionLine, read_questions
from node.federation import Federation
from node.flows.ask_peers import REFERENCE_DIGITS, AskPeers, CaseQuestion
from node.flows.keep_officers import KeepOfficers
from node.flows.show_question import QuestionState, ShownHit, ShowQuestion
from node.inbound.national.guards import in_role
from node.inbound.national.models import (
    AskedShown,
    AskRequest,
    DoubtfulShown,
    HitShown,
    ListShown,
    NotComparedShown,
    PeerProgressShown,
    QuestionShown,
)
from node.inbound.national.records import contact_shown, document_of
from node.inbound.problems import LinesNotReadable
from node.officers import Investigator
from node.safeguards.errors import NotNecessary
from node.safeguards.necessity import AskedLine

CASE_FILE = "case_file"
"""What problem documents call the officer's file, whose name the node never learns."""


def routes(officers: KeepOfficers, story: AskPeers, show: ShowQuestion, federation: Federation) -> APIRouter:
    """GET and POST /v1/questions; GET /v1/questions/{id} and …/hits."""
    router = APIRouter(prefix="/v1/questions", tags=["questions"])
    AnInvestigator = Annotated[Investigator, Depends(in_role(officers, Investigator))]  # noqa: N806  a type

    @router.post("", status_code=202, summary="Ask peers about a case file")
    def post_question(officer: AnInvestigator, body: AskRequest) -> AskedShown:
        with story.database.read() as work:
            today = work.today()
        lines = _lines(body.case_file, federation.me, today)
        question = CaseQuestion(
            lines=lines,
            purpose=body.purpose,
            basis=body.basis,
            offence=body.offence,
            urgency=body.urgency,
            case=body.case,
            peers=tuple(body.peers or federation.peers()),
            attested=body.attested,
        )
        try:
            question_id = story.ask(officer, question)
            return AskedShown(id=question_id, reference=question_id[:REFERENCE_DIGITS])
        except NotNecessary as stop:
            if stop.reason != "line_not_attested":
                raise
            missing = [line.line for line in lines if not line.attested]
            raise NotNecessary(stop.reason, line=missing[0], lines=ranges(missing)) from None

    @router.get("", summary="The officer's own questions, newest first")
    def get_questions(officer: AnInvestigator) -> list[QuestionShown]:
        return [_question(state) for state in show.all(officer)]

    @router.get("/{question_id}", summary="Where a question stands, peer by peer")
    def get_question(officer: AnInvestigator, question_id: str) -> QuestionShown:
        return _question(show.state(officer, question_id))

    @router.get("/{question_id}/hits", summary="The hits, with their records and contact points; reading them is on record")
    def get_hits(officer: AnInvestigator, question_id: str) -> list[HitShown]:
        return [_hit(hit) for hit in show.hits(officer, question_id)]

    return router


def ranges(numbers: Sequence[int]) -> str:
    """Ascending numbers as text, neighbours together: `2-40, 57`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)


def _lines(case_file: str, country: str, today: date) -> tuple[AskedLine, ...]:
    """All lines, or `LinesNotReadable` with every line at fault: a question that silently lost a line would be a false answer."""
    read = list(read_questions(case_file.encode(), country, today))
    problems = [row for row in read if isinstance(row, Problem)]
    if problems:
        raise LinesNotReadable(problems)
    return tuple(AskedLine(row.line, row.written, row.asked, row.attested) for row in read if isinstance(row, QuestionLine))


def _question(state: QuestionState) -> QuestionShown:
    return QuestionShown(
        id=state.id,
        reference=state.reference,
        case=state.case,
        created=state.created,
        expires=state.expires,
        purpose=state.purpose,
        lines=state.lines,
        hits=state.hits,
        done=state.done,
        doubtful=[DoubtfulShown(doubt=each.doubt, lines=ranges(each.lines)) for each in state.doubtful],
        held=ranges(state.held),
        not_asked=ranges(state.not_asked),
        peers=[
            PeerProgressShown(
                peer=peer.peer,
                state=peer.state,
                reason=peer.reason,
                since=peer.since,
                attempts=peer.attempts,
                next_try=peer.next_try,
                hits=peer.hits,
                lists_known=peer.lists_known,
                not_compared=[
                    NotComparedShown(kind=each.kind, why=each.why, lines=ranges(each.lines)) for each in peer.not_compared
                ],
                lists=[
                    ListShown(
                        x=asked.x,
                        list_id=asked.list_id,
                        state=asked.state,
                        lines=asked.lines,
                        list_size=asked.list_size,
                    )
                    for asked in peer.lists
                ],
            )
            for peer in state.peers
        ],
    )


def _hit(hit: ShownHit) -> HitShown:
    return HitShown(
        line=hit.line,
        kind=hit.kind,
        written=hit.written,
        peer=hit.peer,
        subject=hit.subject,
        verdict=hit.verdict,
        agreements=list(hit.agreements),
        record_id=hit.record_id,
        record=None if hit.record is None else document_of(hit.record),
        withdrawn=hit.withdrawn,
        standing=hit.standing,
        contact=contact_shown(hit.contact),
    )
