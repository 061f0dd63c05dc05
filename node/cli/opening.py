"""`celosia audit key`, `open`, `openings`, `confirm`, `check`: a past question opened by two people, each with their own key.

The keys are read here, on the machine of their holder: the node never has one, and gives each holder what only they can open.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from time import time
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter

from crypto.sealing import SealingKey
from crypto.stretching import MODERATE
from node.cli.client import Api, NotANode
from node.cli.evidence import read_exhibit, told_of
from node.cli.faults import faults
from node.cli.given import content, exchange_named, identifier, request
from node.cli.local import asking, asking_twice
from node.cli.opened import Exhibit, Judged, NotEnteredYet, OtherExhibit, judge
from node.cli.render import country, moment, printable
from node.cli.results import need_new, report, write_new
from node.cli.session import OK, REFUSED, Session, UsageProblem, session_of
from node.custody import Ask
from node.custody.holders import make_holder_key, public_line, read_holder_key
from node.custody.secrets import Passphrase, read_passphrase
from node.custody.uri import parse_uri
from node.entry import key_id
from node.flows.opening_terms import Breach, Ground, Telling
from node.inbound.national.opening_models import (
    AskedLineShown,
    MaterialShown,
    OpenableShown,
    OpeningShown,
    OpeningsShown,
    ProposalRequest,
    ProposedShown,
)
from protocol.errors import ProtocolError
from protocol.matching import OpeningRefused
from protocol.opened_question import Checked, Standing, check_opened, read_opened
from protocol.sealed_openings import Handed, HandedOn, hand_on, read_boxes
from protocol.wire import canonical

_TYPED = "prompt:"
_OPENABLE, _PROPOSED = TypeAdapter(list[OpenableShown]), TypeAdapter(ProposedShown)
_OPENINGS, _OPENING, _MATERIAL = TypeAdapter(OpeningsShown), TypeAdapter(OpeningShown), TypeAdapter(MaterialShown)

CodeT = TypeVar("CodeT", bound=StrEnum)
OwnKey = Annotated[Path, typer.Option("--key", help="help.audit.own_key", metavar="FILE.key")]
Words = Annotated[str, typer.Option("--passphrase", help="help.audit.passphrase", metavar="URI")]


def key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.audit.new_key", metavar="FILE.key")],
    passphrase: Words = _TYPED,
) -> int:
    """Make a holder's key: FILE.key, which stays with its holder, and FILE.pub, which is handed over."""
    session = session_of(context)
    if file.suffix == ".pub" or not file.name:
        raise UsageProblem("ceremony.usage.key_name", file=str(file))
    public = file.with_suffix(".pub")
    need_new(public)
    with faults():
        made = make_holder_key(file, _passphrase(passphrase, asking_twice(session)), os.urandom)
    write_new(public, public_line(made))
    report(session, "cli.audit.key_made", file=str(file), public=str(public), fingerprint=key_id(bytes(made)))
    return OK


def open_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="help.audit.opened", metavar="NUMBER")],
    key_file: OwnKey,
    order: Annotated[str, typer.Option("--order", help="help.audit.order", metavar="REF")],
    telling: Annotated[str, typer.Option("--peer-told", help="help.audit.telling", metavar="CODE")],
    ground: Annotated[str, typer.Option("--ground", help="help.audit.ground", metavar="CODE")] = Ground.COURT.value,
    passphrase: Words = _TYPED,
) -> int:
    """Propose to open a question of ours, and hand on this holder's half; another officer confirms."""
    session = session_of(context)
    known = (_code(session, Ground, ground, "--ground"), _code(session, Telling, telling, "--peer-told"))
    with faults():
        holder = read_holder_key(key_file, _passphrase(passphrase, asking(session)))
    with session.api() as api:
        found = api.get(["audit", "openings", "exchanges", exchange_named(name)], _OPENABLE).value
        proposed = [_propose(session, api, each, holder, order, known) for each in found]
    return OK if all(proposed) else REFUSED


def _propose(
    session: Session, api: Api, found: OpenableShown, holder: SealingKey, order: str, known: tuple[Ground, Telling]
) -> bool:
    told = {"exchange": found.exchange, "peer": country(found.peer, session.language)}
    if found.boxes is None:
        session.tell(f"opening.kept.{found.kept}", **told)
        return False
    handed: tuple[Handed, ...] = ()
    try:
        handed = hand_on(read_boxes(found.boxes.encode()), holder)
    except OpeningRefused as refused:
        if refused.where == "openings.holder":
            session.tell("cli.opening.not_a_holder", **told)
            return False
    names = {"exchange": found.exchange, "ground": known[0], "telling": known[1], "order": order}
    given_as = {"order": "--order", "exchange": "NUMBER", "ground": "--ground", "telling": "--peer-told", "handed": "--key"}
    proposal = request(ProposalRequest, given_as, **names, handed=canonical(HandedOn(boxes=handed)).decode())
    answer = api.post(["audit", "openings"], _PROPOSED, proposal)
    if answer.value.id is None:
        session.tell("cli.opening.boxes_altered", **told)
        return False
    report(session, "cli.opening.proposed", id=answer.value.id, **told)
    return True


def openings(context: typer.Context) -> int:
    """Openings of past questions, and those that peers told of, the newest first."""
    session = session_of(context)
    with session.api() as api:
        session.show(api.get(["audit", "openings"], _OPENINGS), lambda shown: _show_openings(session, shown))
    return OK


def confirm(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="help.audit.opening", metavar="NUMBER")],
    out: Annotated[Path, typer.Argument(help="help.audit.opened_out", metavar="FILE")],
    key_file: OwnKey,
    passphrase: Words = _TYPED,
    bundle: Annotated[Path | None, typer.Option("--bundle", help="help.audit.bundle", metavar="FILE")] = None,
    root: Annotated[str | None, typer.Option("--root-sha256", help="help.audit.root_sha256", metavar="FINGERPRINT")] = None,
) -> int:
    """Open a question as a second officer, with another holder's key; say what it shows, and put that on record."""
    session = session_of(context)
    opening_id = identifier(name, "celosia audit openings")
    need_new(out)
    holds, exhibit = _exhibit(session, bundle, root)
    if not holds:
        return REFUSED
    with faults():
        holder = read_holder_key(key_file, _passphrase(passphrase, asking(session)))
    with session.api() as api:
        material = api.post(["audit", "openings", opening_id, "confirmation"], _MATERIAL).value
        try:
            judged = judge(material, holder, time(), exhibit)
        except OpeningRefused:
            session.complain("opening_not_possible", session.say("cli.opening.no_fit"), session.say("cli.opening.no_fit_next"))
            return REFUSED
        except ProtocolError:
            raise NotANode(api.address) from None
        except NotEnteredYet:
            session.complain(
                "opening_not_possible", session.say("cli.opening.not_entered"), session.say("cli.opening.not_entered_next")
            )
            return REFUSED
        except OtherExhibit:
            told = {"exchange": material.exchange}
            session.complain(
                "opening_not_possible",
                session.say("cli.opening.other_bundle"),
                session.say("cli.opening.other_bundle_next", **told),
            )
            return REFUSED
        if judged.question is not None:
            write_new(out, canonical(judged.question))
        api.post(["audit", "openings", opening_id, "outcome"], _OPENING, judged.outcome)
    if session.general.json:
        session.print_json(judged.outcome.model_dump_json())
    else:
        _show_judged(session, material, judged, exhibit)
        if judged.question is not None:
            session.tell("cli.opening.written", file=printable(str(out)))
    return REFUSED if judged.outcome.breaches else OK


def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="help.audit.opened_file", metavar="FILE")],
    only: Annotated[list[int] | None, typer.Option("--only", help="help.audit.only", metavar="NUMBER", min=0)] = None,
    out: Annotated[Path | None, typer.Option("--out", help="help.audit.part", metavar="FILE")] = None,
) -> int:
    """Say what the file of an opened question proves, without any node; with --only and --out, write single positions of it."""
    session = session_of(context)
    if (only is None) != (out is None):
        raise UsageProblem("usage.missing", name="--out" if out is None else "--only")
    try:
        opened = read_opened(content(file))
        checked = check_opened(opened)
        part = None if only is None else opened.part(_within(only, checked))
    except (ProtocolError, ValueError):
        session.complain("opening_refused", session.say("cli.opening.refused"), session.say("cli.opening.refused_next"))
        return REFUSED
    if part is not None and out is not None:
        write_new(out, canonical(part))
        session.tell("cli.opening.written", file=printable(str(out)))
        return OK
    _show_checked(session, checked, {})
    return REFUSED if checked.breaches else OK


def _within(only: Sequence[int], checked: Checked) -> list[int]:
    """Positions that are identifiers: `ValueError` for others, which would give away the seed of all dummies."""
    identifiers = {each.position for each in checked.positions if each.standing is Standing.IDENTIFIER}
    if not identifiers.issuperset(only):
        raise ValueError("not a position of an identifier")
    return sorted(set(only))


def _show_openings(session: Session, shown: OpeningsShown) -> None:
    if not shown.ours and not shown.of_peers:
        session.tell("cli.opening.none")
    for each in shown.ours:
        session.heading(each.id)
        state = "lapsed" if each.lapsed else "proposed" if each.confirmed is None else "confirmed"
        if each.checked is not None:
            state = "breach" if each.breaches else "proved"
        peer = country(each.peer, session.language)
        for key_, value in (
            ("state", session.say(f"cli.opening.state.{state}", count=each.breaches or 0)),
            ("exchange", f"{each.exchange} · {peer}"),
            ("order", f"{session.say(f'opening.ground.{each.ground}')} · {printable(each.order)}"),
            ("telling", _telling(session, each)),
            ("proposed", f"{printable(each.proposed_by)} · {moment(each.proposed)}"),
            ("confirmed", None if each.confirmed is None else f"{printable(each.confirmed_by or '')} · {moment(each.confirmed)}"),
        ):
            if value is not None:
                session.pair(session.say(f"cli.opening.label.{key_}"), value)

    for heard in shown.of_peers:
        session.heading(session.say("cli.opening.of_peer", peer=country(heard.peer, session.language)))
        for label, value in (
            ("exchange", heard.exchange),
            ("opened", moment(heard.opened)),
            ("heard", moment(heard.heard)),
            ("found", session.say(f"cli.opening.found.{heard.found}")),
        ):
            session.pair(session.say(f"cli.opening.label.{label}"), value)


def _telling(session: Session, each: OpeningShown) -> str:
    decided = session.say(f"opening.telling.{each.telling}")
    if each.peer_said is None or each.peer_said_at is None:
        return decided
    said = session.say(f"cli.opening.peer_said.{each.peer_said}", when=moment(each.peer_said_at))
    return f"{decided} · {said}"


def _exhibit(session: Session, bundle: Path | None, root: str | None) -> tuple[bool, Exhibit | None]:
    """What the bundle proves, if one is given; and whether it holds, which was said if it does not."""
    if bundle is None and root is None:
        return True, None
    if bundle is None or root is None:
        raise UsageProblem("usage.missing", name="--bundle" if bundle is None else "--root-sha256")
    digest = "".join(root.split()).lower()
    if not re.fullmatch("[0-9a-f]{64}", digest):
        raise UsageProblem("usage.bad_value", name="--root-sha256")
    report_, exhibit = read_exhibit(content(bundle), digest)
    if exhibit is None:
        title, detail = session.say("cli.opening.bundle_fails"), session.say("cli.opening.bundle_fails_next")
        session.complain("bundle_fails", title, detail, lines=told_of(session, report_, "fails"))
        return False, None
    for sentence in told_of(session, report_, "unsaid"):
        session.err.print(sentence)
    return True, exhibit


def _show_judged(session: Session, material: MaterialShown, judged: Judged, exhibit: Exhibit | None) -> None:
    if judged.checked is not None:
        _show_checked(session, judged.checked, judged.written)
    entered = material.entered
    if Breach.OTHER_REQUEST in [each.breach for each in judged.outcome.breaches]:
        entered = exhibit = None
    if exhibit is not None:
        session.tell("cli.opening.proved", asker=country(exhibit.asker, session.language))
    elif entered is not None:
        session.tell("cli.opening.entered", log=printable(entered.log), position=entered.position)
        session.tell("cli.opening.own_word")
    if not judged.compared:
        session.tell("cli.opening.not_compared")
    for found in judged.outcome.breaches:
        place = "" if found.position is None else f" ({found.position})"
        session.tell("cli.opening.breach", breach=session.say(f"opening.breach.{found.breach}") + place)
    session.tell("cli.opening.breaches" if judged.outcome.breaches else "cli.opening.holds", count=len(judged.outcome.breaches))


def _show_checked(session: Session, checked: Checked, written: Mapping[int, Sequence[AskedLineShown]]) -> None:
    envelope = checked.envelope
    between = {"asker": country(envelope.sender, session.language), "holder": country(envelope.to, session.language)}
    session.heading(session.say("cli.opening.question", when=moment(envelope.iat), **between))
    session.pair(session.say("cli.opening.label.exchange"), envelope.x)
    session.pair(session.say("cli.opening.label.digest"), checked.digest)
    dummies = 0
    for each in checked.positions:
        if each.standing is Standing.DUMMY:
            dummies += 1
        elif each.standing is Standing.IDENTIFIER:
            lines = [
                session.say("cli.pair", name=str(line.line), value=printable(line.written))
                for line in written.get(each.position, ())
            ]
            session.pair(str(each.position), " · ".join((each.kind, printable(each.canonical), *lines)))
        else:
            session.tell("cli.opening.breach", breach=f"{session.say(f'opening.breach.{each.standing}')} ({each.position})")
    session.tell("cli.opening.dummies", count=dummies)


def _code(session: Session, codes: type[CodeT], given: str, option: str) -> CodeT:
    try:
        return codes(given)
    except ValueError:
        family = codes.__name__.lower()
        choices = session.choices({each.value: session.say(f"opening.{family}.{each.value}") for each in codes})
        raise UsageProblem("usage.unknown_code", option=option, choices=choices) from None


def _passphrase(uri: str, ask: Ask) -> Passphrase:
    """Raises `KeysUnusable`."""
    return read_passphrase(parse_uri(uri), Path(), os.environ, lambda: ask(False), os.urandom, MODERATE)


COMMANDS: Mapping[str, Callable[..., int]] = {
    "key": key,
    "open": open_,
    "openings": openings,
    "confirm": confirm,
    "check": check,
}
