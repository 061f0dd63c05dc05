"""What the second holder's key opens, held against request, log and case: on the officer's machine, without the node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crypto.derivation import length_prefixed
from crypto.sealing import SealingKey
from node.flows.opening_terms import Breach
from node.inbound.national.opening_models import AskedLineShown, BreachFound, EnteredShown, MaterialShown, OutcomeRequest
from protocol.authority import Authority
from protocol.errors import ProtocolError
from protocol.journal import Act, check_opening, envelope_payload, read_entry
from protocol.matching import OpeningRefused
from protocol.opened_question import Checked, OpenedQuestion, Position, Standing, check_opened, read_question
from protocol.sealed_openings import open_openings, read_handed, read_sealed
from protocol.wire import sha256

_WRONG_HALF = ("openings.holder", "openings.handed")
"""Places of `OpeningRefused` that say nothing of the question: the key is another's, or what was handed on does not fit it."""
_TO_ENTER = 3600
"""Seconds in which a log takes what was asked: it does so with each checkpoint, every minute. After an hour that is late."""
_AT_POSITION: Mapping[Standing, Breach] = {
    Standing.OTHER_ELEMENT: Breach.OTHER_ELEMENT,
    Standing.NO_INPUT: Breach.NO_INPUT,
}


@dataclass(frozen=True)
class Exhibit:
    """What a bundle of evidence proves, under a root that the officer named: the digests of the questions that `asker` signed in
    an exchange with `holder`, and that both logs have.
    """

    exchange: str
    asker: Authority
    holder: Authority
    questions: frozenset[str]


class OtherExhibit(Exception):
    """The bundle is of another exchange than the question: nothing is said of it."""


class NotEnteredYet(Exception):
    """The log has not taken the question so far, which was asked within the hour: nothing is said of it."""


@dataclass(frozen=True, repr=False)
class Judged:
    """What an opening proves. `question` and `checked` are None where it does not open at all.

    `written`: by position, the lines of the case file that it is an identifier of. `compared`: whether there were any to look at.
    """

    question: OpenedQuestion | None
    checked: Checked | None
    written: Mapping[int, Sequence[AskedLineShown]]
    compared: bool
    outcome: OutcomeRequest


def judge(material: MaterialShown, holder: SealingKey, now: float, exhibit: Exhibit | None = None) -> Judged:
    """`now`: POSIX seconds. All that is wrong with the question is in the outcome.

    That the log has the request is the node's own word, unless there is an `exhibit`, which then counts in its place.
    Raises `OpeningRefused` where the two halves do not fit, `NotEnteredYet`, `OtherExhibit`: none says anything of the question.
    """
    request = material.request.encode()
    breaches = _of_the_log(material.entered, request, now) if exhibit is None else _of_the_exhibit(material, exhibit)
    try:
        sealed, handed = read_sealed(material.sealed.encode()), read_handed(material.handed.encode())
        question = OpenedQuestion(request=request, openings=open_openings(sealed, material.exchange, handed, holder))
        checked = check_opened(question)
    except OpeningRefused as refused:
        if refused.where in _WRONG_HALF:
            raise
        breaches.append(Breach.BODY if refused.where == "openings.body" else Breach.OTHER_OPENINGS)
        return Judged(None, None, {}, material.lines is not None, _outcome((), [(each, None) for each in breaches]))
    if checked.envelope.x != material.exchange:
        breaches.append(Breach.OTHER_REQUEST)
    written = _written(checked, material.lines or ())
    found: list[tuple[Breach, int | None]] = [(each, None) for each in breaches]
    for each in checked.positions:
        if each.standing in _AT_POSITION:
            found.append((_AT_POSITION[each.standing], each.position))
        elif each.standing is Standing.IDENTIFIER and material.lines is not None and not written[each.position]:
            found.append((Breach.NOT_OF_THE_CASE, each.position))
    return Judged(question, checked, written, material.lines is not None, _outcome(checked.positions, found))


def _of_the_log(entered: EnteredShown | None, request: bytes, now: float) -> list[Breach]:
    """What is wrong where the log does not commit to this request. Raises `NotEnteredYet`."""
    if entered is None:
        if now < read_question(request).iat + _TO_ENTER:
            raise NotEnteredYet
        return [Breach.NOT_ENTERED]
    try:
        entry = read_entry(entered.entry.encode())
        check_opening(entry, bytes.fromhex(entered.salt), envelope_payload(sha256(request)))
    except (ProtocolError, ValueError):
        return [Breach.OTHER_REQUEST]
    return [] if entry.kind is Act.QUESTION_ASKED else [Breach.OTHER_REQUEST]


def _of_the_exhibit(material: MaterialShown, exhibit: Exhibit) -> list[Breach]:
    """What is wrong where the bundle proves another request. Raises `OtherExhibit`."""
    request = material.request.encode()
    asked = read_question(request)
    if (material.exchange, asked.sender, asked.to) != (exhibit.exchange, exhibit.asker, exhibit.holder):
        raise OtherExhibit
    return [] if sha256(request) in exhibit.questions else [Breach.OTHER_REQUEST]


def _written(checked: Checked, lines: Sequence[AskedLineShown]) -> dict[int, list[AskedLineShown]]:
    by_input: dict[str, list[AskedLineShown]] = {}
    for line in lines:
        for value in line.inputs:
            by_input.setdefault(value, []).append(line)
    return {each.position: by_input.get(_input(each), []) for each in checked.positions if each.standing is Standing.IDENTIFIER}


def _input(position: Position) -> str:
    return length_prefixed(position.kind.encode(), position.version.encode(), position.canonical.encode()).hex()


def _outcome(positions: Sequence[Position], breaches: Sequence[tuple[Breach, int | None]]) -> OutcomeRequest:
    standings = [each.standing for each in positions]
    return OutcomeRequest(
        identifiers=standings.count(Standing.IDENTIFIER),
        dummies=standings.count(Standing.DUMMY),
        breaches=[BreachFound(breach=breach, position=position) for breach, position in breaches],
    )
