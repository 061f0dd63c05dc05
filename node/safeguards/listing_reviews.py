"""What of a network is withheld for review: what the protected register knows, and what falls to a random review, alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import select

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


class PeopleToWithhold(protected.ProtectedPeople):
    """Whom the register knows, but for somebody alike whom a liaison has released."""

    def include(self, subject: CaseSubject) -> bool:
        """Whether nothing of this subject may be listed."""
        if subject.digest not in self._known:
            line = _line_of(self._work, subject)
            causes = {} if line.person is None else Holding(self._keys, REVIEW_FLOOR).causes(self._work, [line])
            self._known[subject.digest] = causes.get(line.line) in (Cause.PROTECTED, Cause.WEAK)
        return self._known[subject.digest]


def find_reviewed(work: Work, keys: Keys, candidates: Mapping[str, Candidate]) -> dict[str, Reviewed | None]:
    """Those of `candidates` that are withheld for review, and why. They are named by the keyed digest of identifier or person.

    None stands for a kind that the register cannot be asked about whole yet: that is nobody's to release. What somebody under
    protection bears, or somebody alike, is withheld with them, and it is they who are named; what a person bears who only fell to
    a random review is not.
    """
    lines = {name: _line(work, candidate) for name, candidate in candidates.items()}
    bearers = {bearer.digest: bearer for candidate in candidates.values() for bearer in candidate.bearers}
    lines |= {digest: _line_of(work, bearer) for digest, bearer in bearers.items() if digest not in lines}
    names = list(lines)
    to_look_at = [Line(at, lines[name].inputs, lines[name].person) for at, name in enumerate(names)]
    causes = {names[at]: cause for at, cause in Holding(keys, REVIEW_FLOOR).causes(work, to_look_at).items()}
    behind = protected.Fed.of(work).behind
    found: dict[str, Reviewed | None] = {}
    for name, candidate in candidates.items():
        told = {each: causes.get(each) for each in (name, *(bearer.digest for bearer in candidate.bearers))}
        # whoever bears it is what the liaison has to look at: the identifier follows
        graver = (each for known in (Cause.PROTECTED, Cause.WEAK) for each, cause in told.items() if cause is known)
        of = next(graver, name)
        cause = causes.get(of)
        if cause is not None:
            found[name] = Reviewed(lines[of], of, cause)
        elif _is_behind(candidate, behind):
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


def _is_behind(candidate: Candidate, behind: frozenset[str]) -> bool:
    of_people = any(SubjectCategory(bearer.category).is_person for bearer in candidate.bearers)
    return candidate.row.kind in behind or (NAME_KIND in behind and of_people)
