"""What goes on while a node is killed: from which chapter on, what its officers do, and when it has come to its end."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from node.tls.certificates import spki_pin
from protocol.directory import WorkingEntry
from protocol.wire import to_base64url
from tests.faults import story
from tests.faults.story import NOBODY_S_PHONE, OUR_PHONE, THEIR_PHONE, Deed, Life, rows
from tests.federation.running import BR, CO, PE

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Stage:
    """`deed` looks, and does what is missing: it is done again after the node was killed over it."""

    chapter: str
    deed: Deed
    before: Callable[[Life], None] = lambda _: None


def adopting(life: Life) -> bool:
    """A directory is adopted, for the first time."""
    return rows(life.folder / CO, "SELECT count(*) FROM intake WHERE kind = 'directory_adopted'") == [(1,)]


def importing(life: Life) -> bool:
    """An analyst imports a network."""
    return story.import_(life)


def proposing(life: Life) -> bool:
    """The analyst proposes it."""
    return story.propose(life)


def publishing(life: Life) -> bool:
    """A second analyst approves; Peru signs for the records and holds the list."""
    return story.approve(life) and story.delivered(life) and story.listed(life)


def receiving(life: Life) -> bool:
    """Peru publishes, and Colombia receives."""
    done = story.import_(life, PE, THEIR_PHONE) and story.propose(life, PE) and story.approve(life, PE)
    return done and story.delivered(life, PE, CO)


def refusing(life: Life) -> bool:
    """A second analyst refuses."""
    return story.refuse(life)


def asking(life: Life) -> bool:
    """An investigator asks Peru, and finds the one hit that there is."""
    if not story.ask(life):
        return False
    [question] = life.get(CO, "asker", "/v1/questions")
    assert [(peer["state"], peer["reason"], peer["hits"]) for peer in question["peers"]] == [("answered", None, 1)]
    assert rows(life.folder / CO, "SELECT line, count(*) FROM hits GROUP BY line, record_id") == [(2, 1)]
    return True


def answering(life: Life) -> bool:
    """An investigator in Peru asks Colombia, and finds the one hit that there is."""
    if not story.ask(life, PE, OUR_PHONE):
        return False
    [question] = life.get(PE, "asker", "/v1/questions")
    assert [(peer["state"], peer["reason"], peer["hits"]) for peer in question["peers"]] == [("answered", None, 1)]
    return True


def reading(life: Life) -> bool:
    """The investigator reads the hits."""
    [question] = life.get(CO, "asker", "/v1/questions")
    found = life.get(CO, "asker", f"/v1/questions/{question['id']}/hits")
    assert [hit["written"] for hit in found] == [THEIR_PHONE] != [NOBODY_S_PHONE]
    return True


def comparing(life: Life) -> bool:
    """An auditor compares the log with Peru's: both have the question and its answer, once."""
    told = life.call(CO, "auditor", "POST", "/v1/audit/reconciliations/PE").json()
    assert (told["breaches"], told["differences"]) == ([], [])
    open_ = "SELECT count(*) FROM intake WHERE peer = ? AND agreed IS NULL AND kind IN ('question_asked', 'answer_received')"
    return bool(told["agrees"]) and rows(life.folder / CO, open_, PE) == [(0,)]


def withdrawing(life: Life) -> bool:
    """An analyst takes everything back; Peru holds nothing of it any more, and has signed for that."""
    if not story.withdraw(life) or not story.listed(life):
        return False
    if set(rows(life.folder / CO, "SELECT state FROM jobs WHERE peer = ?", PE)) != {("done",)}:
        return False
    held = rows(life.folder / PE, "SELECT kind, raw = '' FROM records WHERE authority = ? AND current", CO)
    return bool(held) and {kind for kind, _ in held} == {"revocation"}


def denying(life: Life) -> bool:
    """An administrator denies Brazil."""
    answer = life.call(CO, "administrator", "POST", "/v1/peers/BR/denial")
    assert answer.status_code == 200, answer.text
    return _denied(life) == ["BR"]


def allowing(life: Life) -> bool:
    """An administrator takes a denial back."""
    answer = life.call(CO, "administrator", "DELETE", "/v1/peers/BR/denial")
    assert answer.status_code == 200, answer.text
    return _denied(life) == []


def _denied(life: Life) -> list[str]:
    return [peer["authority"] for peer in life.get(CO, "asker", "/v1/peers")["peers"] if peer["denied"]]


def deny_before(life: Life) -> None:
    """Brazil was denied in an earlier life of the node."""
    life.start(CO)
    life.until(denying)
    life.stop()


def revoking(life: Life) -> bool:
    """An administrator hands in that Brazil's key is stolen; Peru counts by it too, and it is on record once in each."""
    handed_in = (life.folder / "revocation.json").read_bytes()
    answer = life.call(CO, "administrator", "POST", "/v1/revocations", content=handed_in, headers=JSON)
    assert answer.status_code == 200, answer.text
    if rows(life.folder / CO, "SELECT state FROM jobs WHERE lane = 'revocation' AND peer = ?", PE) != [("done",)]:
        return False  # Peru has not signed for it yet, or had and must be told again
    for state in (CO, PE):
        assert rows(life.folder / state, "SELECT authority, version FROM entries_ahead") == [("BR", 2)]
        assert rows(life.folder / state, "SELECT count(*) FROM intake WHERE kind = 'keys_revoked'") == [(1,)]
    return True


def revoke_before(life: Life) -> None:
    """Brazil's two officers have signed, once: who hands it in again hands in the same."""
    entry = WorkingEntry.from_bytes((life.first / BR / "directory-entry.json").read_bytes())
    file = entry.model_copy(update={"tls_pins": ("0" * 64,)}).to_bytes()
    signed = {"role": to_base64url(story.signed_entry(life.first, BR, file)), "entry": to_base64url(file)}
    (life.folder / "revocation.json").write_text(json.dumps(signed), "ascii")


def rotating(life: Life) -> bool:
    """The next leaf and signing key, which the directory has, are in use and on record, each once, and nothing else is left."""
    listed = WorkingEntry.from_bytes((life.folder / "entry.json").read_bytes())
    [(changed,)] = rows(life.folder / CO, "SELECT count(*) FROM intake WHERE kind = 'key_changed'")
    assert changed <= 2
    waiting = [path for folder in ("keys", "tls") for path in (life.folder / CO / folder).glob("next-*")]
    if changed < 2 or waiting:
        return False
    assert spki_pin((life.folder / CO / "tls" / "leaf.pem").read_bytes()) == listed.tls_pins[-1]
    return asking(life)  # Peru takes what comes over the new leaf, under the new key


def rotate_before(life: Life) -> None:
    """The next leaf and signing key were made; the officers' entry has both pins, and of the signing keys the next one only."""
    life.has_own_directory()
    assert life.run("tls", "renew").wait() == 0
    assert life.run("keys", "next-signing").wait() == 0
    wanted = life.folder / "wanted.json"
    assert life.run("entry", "--write", wanted).wait() == 0
    entry = WorkingEntry.from_bytes(wanted.read_bytes())
    life.submit(entry.model_copy(update={"signing": entry.signing[-1:]}))


def ending_epoch(life: Life) -> bool:
    """An epoch is over, the next one has its entries: its seed and its entries are gone, and that is on record once."""
    [(ended,)] = rows(life.folder / CO, "SELECT count(*) FROM intake WHERE kind = 'epoch_ended'")
    items = rows(life.folder / CO, "SELECT epoch, count(*) FROM index_items GROUP BY epoch")
    assert ended <= 2  # one for each of the two lists
    seeds = [path.name[-7:] for path in (life.folder / CO / "keys" / "epochs").iterdir()]
    return ended == 2 and items == [(2, 1)] and seeds == ["-2.seed"] * 2


def end_epoch_before(life: Life) -> None:
    """The next epoch was started, and the time of the first has come."""
    assert life.run("epoch", "start", "--now").wait() == 0
    story.change(life.folder / CO, "UPDATE list_epochs SET not_after = ? WHERE epoch = 1", int(time.time()) - 1)


ADOPT = Stage("staffed", adopting)
IMPORT = Stage("peru_listed", importing)
PROPOSE = Stage("imported", proposing)
PUBLISH = Stage("proposed", publishing)
RECEIVE = Stage("staffed", receiving)
REFUSE = Stage("proposed", refusing)
ASK = Stage("published", asking)
ANSWER = Stage("published", answering)
READ = Stage("asked", reading)
COMPARE = Stage("asked", comparing)
WITHDRAW = Stage("published", withdrawing)
DENY = Stage("published", denying)
REVOKE = Stage("published", revoking, revoke_before)
ALLOW = Stage("published", allowing, deny_before)
ROTATE = Stage("published", rotating, rotate_before)
END_EPOCH = Stage("published", ending_epoch, end_epoch_before)
