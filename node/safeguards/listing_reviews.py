"""What of a network is withheld for review: what the protected register knows, and what falls to a random review, alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from sqlmodel import select

from crypto.derivation import parted
from node.keys import Keys
from node.safeguards import protected
from node.safeguards.holds import Cause, Holding, Line, Reviewed
from node.settings import REVIEW_FLOOR
from node.store.database import Work
from node.store.tables import CaseIdentifier, CaseSubject
from protocol.index.entry import KEY_TYPE_IDENTIFIER
from protocol.names import NAME_KIND
from protocol.vocabulary import SubjectCategory


@dataclass(frozen=True, repr=False)
class Candidate:
    """An identifier or a person that could be listed: one of its rows, and everybody who bears it."""

    row: CaseIdentifier
    subject: CaseSubject
    bearers: Sequence[CaseSubject]


def lines_of(work: Work, candidates: Mapping[str, Candidate]) -> dict[str, Line]:
    """What there is to look at of `candidates`, under the same names."""
    return {name: _line(work, candidate) for name, candidate in candidates.items()}


def find_reviewed(
    work: Work, keys: Keys, candidates: Mapping[str, Candidate], of_candidates: Mapping[str, Line]
) -> dict[str, Reviewed | None]:
    """Those of `candidates` that are withheld for review, and why; `of_candidates`: their lines.

    They are named by the keyed digest of identifier or person. None stands for a kind that the register cannot be asked about
    whole yet: that is nobody's to release.

    Where a natural person is held, or a document of theirs, all that they bear is withheld with that, and that is named, whatever
    the cause: what else is listed of somebody would tell a review from a victim. Of another kind the one identifier is withheld,
    since many may use it (ADR 45).
    """
    lines = dict(of_candidates)
    bearers = {bearer.digest: bearer for candidate in candidates.values() for bearer in candidate.bearers}
    documents = {digest: protected.documents_of(work, bearer) for digest, bearer in bearers.items()}
    behind_it = {digest: (digest, *documents[digest]) for digest in bearers}
    others = {digest: Line(0, (value,), None) for those in documents.values() for digest, value in those.items()}
    others |= {digest: _line_of(work, bearer) for digest, bearer in bearers.items()}
    lines = others | lines
    names = list(lines)
    to_look_at = [Line(at, lines[name].inputs, lines[name].person) for at, name in enumerate(names)]
    causes = {names[at]: cause for at, cause in Holding(keys, REVIEW_FLOOR).causes(work, to_look_at).items()}
    behind = protected.Fed.of(work).behind
    found: dict[str, Reviewed | None] = {}
    for name, candidate in candidates.items():
        told = {each: causes.get(each) for each in (name, *chain(*(behind_it[bearer.digest] for bearer in candidate.bearers)))}
        # what holds the person is what the liaison has to look at, the gravest first: the rest follows
        held = next(((each, known) for known in Cause for each, cause in told.items() if cause is known), None)
        if held is not None:
            of, cause = held
            found[name] = Reviewed(lines[of], of, cause)
        elif _is_behind(candidate, behind, [lines[each] for each in told]):
            found[name] = None
    return found


def line_of(work: Work, bearer: str) -> Line | None:
    """What was withheld under this keyed digest, of an identifier or a person; None once the case data lack it."""
    subject = work.session.get(CaseSubject, bearer)
    if subject is not None:
        return _line_of(work, subject)
    row = work.session.exec(select(CaseIdentifier).where(CaseIdentifier.digest == bearer)).first()
    return None if row is None else Line(0, (work.open_at_rest(row.input_sealed, "case_identifiers"),), None)


def _line(work: Work, candidate: Candidate) -> Line:
    if candidate.row.key_type != KEY_TYPE_IDENTIFIER:
        return _line_of(work, candidate.subject)
    return Line(0, (work.open_at_rest(candidate.row.input_sealed, "case_identifiers"),), None)


def _line_of(work: Work, subject: CaseSubject) -> Line:
    person = protected.person_of(work, subject)
    return Line(0, () if person is None else tuple(protected.facts_by_input(person)), person)


def _is_behind(candidate: Candidate, behind: frozenset[str], lines: Sequence[Line]) -> bool:
    """Whether the register cannot be asked whole about it, or about who bears it: `lines`, all that were looked at for it."""
    of_people = any(SubjectCategory(bearer.category).is_person for bearer in candidate.bearers)
    kinds = {kind.decode() for line in lines for value in line.inputs for kind, _, _ in [parted(value)]}
    return not kinds.isdisjoint(behind) or (NAME_KIND in behind and of_people)
