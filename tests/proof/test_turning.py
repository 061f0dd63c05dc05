"""Epochs turn in the play, too, and what a node had under a key that is destroyed by now is looked for all the same."""

from pathlib import Path

from tests.proof.beginning import Template
from tests.proof.cast import CAST
from tests.proof.inprocess import CO, PE
from tests.proof.play import Play, Registered


def test_tags_of_epochs_that_ended_are_looked_for_and_those_of_new_ones(tmp_path: Path, listed: Template) -> None:
    federation = listed.begin(tmp_path)
    try:
        play = Play(federation)
        before = set(play.note_epochs())
        play.turn_epochs(CO, overlap=False)
        play.turn_epochs(PE, overlap=True)
        federation.beat()
        seeds = {code: len(list((federation.folder / code / "keys" / "epochs").iterdir())) for code in (CO, PE)}
        assert seeds == {CO: 2, PE: 4}
        assert before < set(play.note_epochs())
        assert len(play.epochs) == len(before) + 4
        play.register(CO, CAST[0], 0)
        federation.beat()
        assert play.finds() == []
        # and the new list was read: it was served before the protection
        play.protected = dict.fromkeys(play.protected, Registered(0, frozenset()))
        play.epochs = {name: key for name, key in play.note_epochs().items() if name not in before}
        tags = {found.canary for found in play.finds() if found.form == "tag"}
        assert tags == {f"{CAST[0].role}'s {what}" for what in ("number", "name", "passport")}
    finally:
        federation.close()
