"""`celosia audit key`, `open`, `confirm`, `check`, from the command line."""

import json
import stat
from pathlib import Path

import pytest

from crypto.sealing import SealingKey
from crypto.stretching import Cost
from deploy.verify_bundle import WORDS as WORDS_OF_COURTS
from node.cli import opening
from node.cli.render import country, moment
from node.custody.holders import make_holder_key, read_holder_key, read_public
from node.custody.secrets import Passphrase
from node.entry import key_id
from node.flows.opening_terms import Ground, Kept, Telling
from node.inbound.national.opening_models import HeardOpeningShown, OpenableShown, OpeningShown, OpeningsShown, ProposedShown
from node.language import say
from protocol.matching import prepare
from protocol.opened_question import OpenedQuestion, check_opened, read_opened
from protocol.sealed_openings import Boxes, open_openings, read_handed, read_sealed
from protocol.vocabulary import Language
from protocol.wire import canonical, to_base64url
from tests.node.cli import invented
from tests.node.cli.program import Node, Program, says
from tests.node.cli.test_opened import INPUTS, LINES, PREPARED, Asked, asked_bundle, material
from tests.node.holders import FIRST, SECOND
from tests.protocol.bundles import ROOT_DIGEST
from tests.protocol.federation import NOW, octets, question, seeded

CHEAP = Cost(1, 8 << 20)
WORDS = "invented words of one person"
MATERIAL, OPENING = material(), "0e" * 16
OTHER = prepare(INPUTS, seeded("another question"))


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "MODERATE", CHEAP)


@pytest.fixture(autouse=True)
def _an_hour_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "time", lambda: NOW + 3600.0)


@pytest.fixture
def words(tmp_path: Path) -> str:
    file = tmp_path / "words"
    file.write_text(WORDS + "\n", "utf-8")
    file.chmod(0o600)
    return f"file:{file}"


def made(path: Path, words: str = WORDS) -> Passphrase:
    return Passphrase(words.encode(), bytes, CHEAP)


@pytest.mark.parametrize("language", Language)
def test_a_holder_s_key_is_made_under_the_holder_s_own_words(
    celosia: Program, tmp_path: Path, words: str, language: Language
) -> None:
    file = tmp_path / "holder.key"
    result = celosia("audit", "key", str(file), "--passphrase", words, "--lang", language.value)
    assert result.code == 0
    held = read_holder_key(file, made(file))
    assert read_public(file.with_suffix(".pub").read_bytes()) == held.public
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    fingerprint = key_id(bytes(held.public))
    told = say(language, "cli.audit.key_made", file=str(file), public=str(file.with_suffix(".pub")), fingerprint=fingerprint)
    assert "".join(told.split()) in "".join(result.text.split())
    assert held.reveal().hex() not in result.text + result.err


def test_a_holder_s_key_is_never_overwritten_and_has_a_name(celosia: Program, tmp_path: Path, words: str) -> None:
    file = tmp_path / "holder.key"
    assert json.loads(celosia("audit", "key", str(file), "--passphrase", words, "--json").out)["file"] == str(file)
    before = file.read_bytes()
    assert celosia("audit", "key", str(file), "--passphrase", words).code == 2  # its .pub is there
    file.with_suffix(".pub").unlink()
    assert celosia("audit", "key", str(file), "--passphrase", words).code == 1
    assert file.read_bytes() == before
    assert celosia("audit", "key", str(tmp_path / "holder.pub"), "--passphrase", words).code == 2
    assert celosia("audit", "key", str(tmp_path / "other.key")).code == 1  # nobody types here


# Opening


def key_file(tmp_path: Path, number: int, holder: SealingKey) -> str:
    """A holder's key as `celosia audit key` leaves it, of a key that the tests know."""
    path = tmp_path / f"holder-{number}.key"
    make_holder_key(path, made(path), lambda size: holder.reveal() if size == 32 else bytes(size))
    return str(path)


@pytest.fixture
def first(tmp_path: Path) -> str:
    return key_file(tmp_path, 1, FIRST)


@pytest.fixture
def second(tmp_path: Path) -> str:
    return key_file(tmp_path, 2, SECOND)


def openable(kept: Kept = Kept.KEPT, **changes: object) -> OpenableShown:
    boxes = read_sealed(MATERIAL.sealed.encode()).boxes
    told = {"exchange": MATERIAL.exchange, "peer": "PE", "asked": invented.SINCE, "kept": kept}
    return OpenableShown.model_validate(told | {"boxes": canonical(Boxes(boxes=boxes)).decode()} | changes)


def shown(**changes: object) -> OpeningShown:
    told = {
        **{"id": OPENING, "exchange": MATERIAL.exchange, "peer": "PE", "ground": "court", "telling": "ongoing"},
        **{"order": "Auto [17]", "proposed_by": "alice", "proposed": invented.SINCE, "confirmed_by": None, "confirmed": None},
        **{"checked": None, "breaches": None, "lapsed": False, "peer_said": None, "peer_said_at": None},
    }
    return OpeningShown.model_validate(told | changes)


def proposing(key: str, words: str, language: Language = Language.EN) -> list[str]:
    named = ("--key", key, "--passphrase", words, "--order", "Auto 17", "--peer-told", "forbidden", "--lang", language.value)
    return ["audit", "open", MATERIAL.exchange, *named]


@pytest.mark.parametrize("language", Language)
def test_a_first_officer_hands_on_what_only_a_second_holder_can_read(
    celosia: Program, node: Node, first: str, words: str, language: Language
) -> None:
    node.says(f"GET /v1/audit/openings/exchanges/{MATERIAL.exchange}", [openable()])
    node.says("POST /v1/audit/openings", ProposedShown(id=OPENING))
    result = celosia(*proposing(first, words, language))
    assert result.code == 0
    told = {"id": OPENING, "exchange": MATERIAL.exchange, "peer": country("PE", language)}
    assert says(result, say(language, "cli.opening.proposed", **told))
    sent = json.loads(node.received[-1].body)
    assert (sent["ground"], sent["order"], sent["telling"]) == ("court", "Auto 17", "forbidden")
    handed = read_handed(sent["handed"].encode())
    assert open_openings(read_sealed(MATERIAL.sealed.encode()), MATERIAL.exchange, handed, SECOND) == PREPARED.openings
    # neither half, and no passphrase, goes to the node: in no address, header or body
    everything = "".join(f"{each.path} {dict(each.headers)} {each.body!r}" for each in node.received)
    for secret in (FIRST.reveal(), SECOND.reveal()):
        assert not any(form in everything for form in (secret.hex(), to_base64url(secret), repr(secret)))
    assert WORDS not in everything + result.text


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kept", [kept for kept in Kept if kept is not Kept.KEPT])
def test_what_cannot_be_opened_is_told_with_why(
    celosia: Program, node: Node, first: str, words: str, language: Language, kept: Kept
) -> None:
    node.says(f"GET /v1/audit/openings/exchanges/{MATERIAL.exchange}", [openable(kept, boxes=None)])
    result = celosia(*proposing(first, words, language))
    assert result.code == 1
    told = {"exchange": MATERIAL.exchange, "peer": country("PE", language)}
    assert says(result, say(language, f"opening.kept.{kept}", **told))


@pytest.mark.parametrize("language", Language)
def test_who_is_no_holder_and_boxes_that_were_altered_are_told_apart(
    celosia: Program, node: Node, tmp_path: Path, first: str, words: str, language: Language
) -> None:
    node.says(f"GET /v1/audit/openings/exchanges/{MATERIAL.exchange}", [openable()])
    stranger = key_file(tmp_path, 3, SealingKey.from_bytes(octets("a stranger")))
    told = {"exchange": MATERIAL.exchange, "peer": country("PE", language)}
    result = celosia(*proposing(stranger, words, language))
    assert (result.code, says(result, say(language, "cli.opening.not_a_holder", **told))) == (1, True)
    boxes = [box.model_copy(update={"box": bytes(128)}) for box in read_sealed(MATERIAL.sealed.encode()).boxes]
    altered = canonical(Boxes(boxes=tuple(boxes))).decode()
    node.says(f"GET /v1/audit/openings/exchanges/{MATERIAL.exchange}", [openable(boxes=altered)])
    node.says("POST /v1/audit/openings", ProposedShown(id=None))
    result = celosia(*proposing(first, words, language))
    assert (result.code, says(result, say(language, "cli.opening.boxes_altered", **told))) == (1, True)
    assert json.loads(node.received[-1].body)["handed"] == '{"boxes":[]}'


def test_an_unknown_ground_or_telling_is_told_what_there_is(celosia: Program, first: str, words: str) -> None:
    for option, codes in (("--ground", Ground), ("--peer-told", Telling)):
        result = celosia(*proposing(first, words), option, "gossip")
        assert result.code == 2
        assert all(code.value in result.text for code in codes)


@pytest.mark.parametrize("language", Language)
def test_a_second_officer_sees_what_was_asked_and_gets_a_file(
    celosia: Program, node: Node, tmp_path: Path, second: str, words: str, language: Language
) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", MATERIAL)
    node.says(f"POST /v1/audit/openings/{OPENING}/outcome", shown(checked=invented.SINCE, breaches=0))
    out = tmp_path / "opened.json"
    words_ = ("--key", second, "--passphrase", words, "--lang", language.value)
    result = celosia("audit", "confirm", OPENING, str(out), *words_)
    assert result.code == 0
    for part in ("+573005550000", "tel 0", say(language, "cli.opening.dummies", count=13), say(language, "cli.opening.holds")):
        assert says(result, part)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert check_opened(read_opened(out.read_bytes())).breaches == ()
    assert json.loads(node.received[-1].body) == {"identifiers": 3, "dummies": 13, "breaches": []}
    # not the identifiers, nor what opens them, goes back to the node
    assert "5550000" not in repr(node.received[-1])
    again = celosia("audit", "confirm", OPENING, str(out), *words_)
    assert again.code == 2

    checked = celosia("audit", "check", str(out), "--lang", language.value)
    assert checked.code == 0
    assert says(checked, "+573005550002")
    position, part_file = PREPARED.order[1], tmp_path / "part.json"
    parted = celosia("audit", "check", str(out), "--only", str(position), "--out", str(part_file), "--lang", language.value)
    assert says(parted, say(language, "cli.opening.written", file=str(part_file)))
    part_checked = celosia("audit", "check", str(part_file), "--lang", language.value)
    assert part_checked.code == 0
    assert says(part_checked, "+573005550001")
    assert "5550002" not in part_checked.text


@pytest.mark.parametrize("language", Language)
def test_a_breach_is_named_put_on_record_and_told_by_the_exit_code(
    celosia: Program, node: Node, tmp_path: Path, second: str, words: str, language: Language
) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", material(lines=LINES[:2], logged=question(OTHER)))
    node.says(f"POST /v1/audit/openings/{OPENING}/outcome", shown(checked=invented.SINCE, breaches=2))
    words_ = ("--key", second, "--passphrase", words, "--lang", language.value)
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "opened.json"), *words_)
    assert result.code == 1
    assert says(result, say(language, "opening.breach.other_request"))
    assert says(result, f"{say(language, 'opening.breach.not_of_the_case')} ({PREPARED.order[2]})")
    assert says(result, say(language, "cli.opening.breaches", count=2))
    gone = MATERIAL.model_copy(update={"exchange": "5c" * 16, "entered": None, "lines": None})
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", gone)
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "none.json"), *words_)
    assert result.code == 1
    for key_ in ("opening.breach.body", "opening.breach.not_entered", "cli.opening.not_compared"):
        assert says(result, say(language, key_))
    assert not (tmp_path / "none.json").exists()


@pytest.mark.parametrize("language", Language)
def test_of_a_question_that_the_log_has_not_taken_yet_nothing_is_said(
    celosia: Program,
    node: Node,
    tmp_path: Path,
    second: str,
    words: str,
    language: Language,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", MATERIAL.model_copy(update={"entered": None}))
    node.says(f"POST /v1/audit/openings/{OPENING}/outcome", shown(checked=invented.SINCE, breaches=1))
    out = tmp_path / "opened.json"
    confirming = ("audit", "confirm", OPENING, str(out), "--key", second, "--passphrase", words, "--lang", language.value)
    with monkeypatch.context() as earlier:
        earlier.setattr(opening, "time", lambda: NOW + 60.0)
        result = celosia(*confirming)
    assert (result.code, says(result, say(language, "cli.opening.not_entered_next"))) == (1, True)
    assert (len(node.received), out.exists()) == (1, False)  # no outcome is reported
    # an hour later it is a breach, and the peer is told so
    result = celosia(*confirming)
    assert (result.code, says(result, say(language, "opening.breach.not_entered"))) == (1, True)
    assert not says(result, say(language, "cli.opening.holds"))
    assert json.loads(node.received[-1].body)["breaches"] == [{"breach": "not_entered", "position": None}]


def with_bundle(tmp_path: Path, raw: bytes, root: str = ROOT_DIGEST) -> tuple[str, ...]:
    file = tmp_path / "out.asice"
    file.write_bytes(raw)
    return ("--bundle", str(file), "--root-sha256", root)


@pytest.mark.parametrize("language", Language)
def test_what_a_bundle_proves_is_told_and_not_the_node_s_own_word(
    celosia: Program, node: Node, tmp_path: Path, second: str, words: str, language: Language
) -> None:
    asked = material(sent=Asked().asked())
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", asked)
    node.says(f"POST /v1/audit/openings/{OPENING}/outcome", shown(checked=invented.SINCE, breaches=0))
    words_ = ("--key", second, "--passphrase", words, "--lang", language.value)
    bare = celosia("audit", "confirm", OPENING, str(tmp_path / "bare.json"), *words_)
    assert (bare.code, says(bare, say(language, "cli.opening.own_word"))) == (0, True)
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "o.json"), *words_, *with_bundle(tmp_path, asked_bundle()))
    assert (result.code, says(result, say(language, "cli.opening.own_word"))) == (0, False)
    assert says(result, say(language, "cli.opening.proved", asker=country("CO", language)))
    # another request, all of whose parts fit each other
    innocent = prepare(INPUTS[:1], seeded("what was not asked"))
    afresh = material(sent=Asked().asked(innocent), openings=innocent.openings)
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", afresh)
    gaps = Asked(after=False).evidence().to_bytes()
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "a.json"), *words_, *with_bundle(tmp_path, gaps))
    assert (result.code, says(result, say(language, "opening.breach.other_request"))) == (1, True)
    assert f"[{WORDS_OF_COURTS[language.value]['unsaid']}]" in result.err
    assert not says(result, say(language, "cli.opening.proved", asker=country("CO", language)))
    assert json.loads(node.received[-1].body)["breaches"] == [{"breach": "other_request", "position": None}]


@pytest.mark.parametrize("language", Language)
def test_a_bundle_that_does_not_hold_or_is_of_another_exchange_opens_nothing(
    celosia: Program, node: Node, tmp_path: Path, second: str, words: str, language: Language
) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", MATERIAL)
    out = tmp_path / "opened.json"
    confirming = ("audit", "confirm", OPENING, str(out), "--key", second, "--passphrase", words, "--lang", language.value)
    result = celosia(*confirming, *with_bundle(tmp_path, asked_bundle(), "00" * 32))
    assert (result.code, says(result, say(language, "cli.opening.bundle_fails_next"))) == (1, True)
    assert node.received == []
    result = celosia(*confirming, *with_bundle(tmp_path, asked_bundle()))
    assert (result.code, says(result, say(language, "cli.opening.other_bundle"))) == (1, True)
    assert (len(node.received), out.exists()) == (1, False)  # no outcome is reported
    both = with_bundle(tmp_path, asked_bundle())
    for given in (both[:2], both[2:], (*both[:3], "no digest")):
        assert celosia(*confirming, *given).code == 2


@pytest.mark.parametrize("language", Language)
def test_the_same_key_twice_opens_nothing_and_says_nothing_of_the_question(
    celosia: Program, node: Node, tmp_path: Path, first: str, words: str, language: Language
) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", MATERIAL)
    words_ = ("--key", first, "--passphrase", words, "--lang", language.value)
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "opened.json"), *words_)
    assert (result.code, says(result, say(language, "cli.opening.no_fit_next"))) == (1, True)
    assert len(node.received) == 1  # no outcome is reported
    assert not (tmp_path / "opened.json").exists()


@pytest.mark.parametrize("part", ["request", "sealed", "handed"])
def test_material_that_no_node_gives_is_told_as_such(
    celosia: Program, node: Node, tmp_path: Path, second: str, words: str, part: str
) -> None:
    nothing = MATERIAL.model_copy(update={part: "{}", "entered": None})
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", nothing)
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "o.json"), "--key", second, "--passphrase", words)
    assert (result.code, len(node.received)) == (3, 1)


def test_an_outcome_can_be_had_as_json(celosia: Program, node: Node, tmp_path: Path, second: str, words: str) -> None:
    node.says(f"POST /v1/audit/openings/{OPENING}/confirmation", MATERIAL)
    node.says(f"POST /v1/audit/openings/{OPENING}/outcome", shown(checked=invented.SINCE, breaches=0))
    result = celosia("audit", "confirm", OPENING, str(tmp_path / "o.json"), "--key", second, "--passphrase", words, "--json")
    assert json.loads(result.out) == {"identifiers": 3, "dummies": 13, "breaches": []}


@pytest.mark.parametrize("language", Language)
def test_a_file_that_proves_nothing_is_refused(celosia: Program, tmp_path: Path, language: Language) -> None:
    file = tmp_path / "opened.json"
    honest = OpenedQuestion(request=MATERIAL.request.encode(), openings=PREPARED.openings)
    dummy = next(position for position in range(16) if position not in PREPARED.order)
    for raw, more in (
        (b"{}", ()),
        (canonical(honest.model_copy(update={"openings": OTHER.openings})), ()),
        (canonical(honest), ("--only", str(dummy), "--out", str(tmp_path / "part.json"))),
        (canonical(honest.part(PREPARED.order[:1])), ("--only", str(PREPARED.order[0]), "--out", str(tmp_path / "part.json"))),
    ):
        file.write_bytes(raw)
        result = celosia("audit", "check", str(file), *more, "--lang", language.value)
        assert (result.code, says(result, say(language, "cli.opening.refused_next"))) == (1, True)
    assert celosia("audit", "check", str(file), "--only", "1").code == 2
    assert celosia("audit", "check", str(file), "--out", "x").code == 2


def test_a_file_of_a_dishonest_question_names_the_position(celosia: Program, tmp_path: Path) -> None:
    prepared = prepare([b"invented"], seeded("odd"))
    sent = material(question(prepared), prepared.openings)
    file = tmp_path / "opened.json"
    file.write_bytes(canonical(OpenedQuestion(request=sent.request.encode(), openings=prepared.openings)))
    result = celosia("audit", "check", str(file), "--lang", "en")
    assert result.code == 1
    assert says(result, f"{say(Language.EN, 'opening.breach.no_input')} ({prepared.order[0]})")


@pytest.mark.parametrize("language", Language)
def test_openings_are_listed_with_who_and_why_and_what_came_of_them(celosia: Program, node: Node, language: Language) -> None:
    done = {"confirmed_by": "beatriz", "confirmed": invented.SINCE}
    node.says(
        "GET /v1/audit/openings",
        OpeningsShown(
            ours=[
                shown(),
                shown(lapsed=True),
                shown(**done),
                shown(**done, checked=invented.SINCE, breaches=0, telling="told"),
                shown(**done, checked=invented.SINCE, breaches=3, telling="told", peer_said="noted", peer_said_at=invented.SINCE),
            ],
            of_peers=[],
        ),
    )
    result = celosia("audit", "openings", "--lang", language.value)
    assert result.code == 0
    for state in ("proposed", "lapsed", "confirmed", "proved", "breach"):
        assert says(result, say(language, f"cli.opening.state.{state}", count=3))
    tellings = [say(language, f"opening.telling.{each}") for each in ("ongoing", "told")]
    noted = say(language, "cli.opening.peer_said.noted", when=moment(invented.SINCE))
    for part in (OPENING, "Auto [17]", "alice", "beatriz", *tellings, noted):
        assert says(result, part)


@pytest.mark.parametrize("language", Language)
def test_what_peers_opened_is_listed_with_what_it_showed(celosia: Program, node: Node, language: Language) -> None:
    told = {"exchange": MATERIAL.exchange, "peer": "PE", "opened": invented.SINCE, "heard": invented.SINCE}
    heard = [HeardOpeningShown.model_validate({**told, "found": found}) for found in ("as_committed", "breach")]
    node.says("GET /v1/audit/openings", OpeningsShown(ours=[], of_peers=heard))
    result = celosia("audit", "openings", "--lang", language.value)
    assert result.code == 0
    assert says(result, say(language, "cli.opening.of_peer", peer=country("PE", language)))
    for found in ("as_committed", "breach"):
        assert says(result, say(language, f"cli.opening.found.{found}"))
    node.says("GET /v1/audit/openings", OpeningsShown(ours=[], of_peers=[]))
    assert says(celosia("audit", "openings", "--lang", language.value), say(language, "cli.opening.none"))
