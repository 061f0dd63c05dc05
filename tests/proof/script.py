"""One day, as a script: somebody turns out to be a victim, and officers go on as if nothing had happened."""

from tests.federation.cases import Suspect
from tests.proof.cast import CAST
from tests.proof.inprocess import CO, PE
from tests.proof.play import Play, number_line, person_line

ONE, TWO, THREE, *_ = CAST
"""A suspect; whoever turns out to be a victim; another suspect."""


def played(play: Play) -> None:
    """The day. What left is to be searched after it."""
    play.import_case(CO, "NET-1", [Suspect([ONE.number, TWO.number], name=ONE.name)])
    assert play.publish(CO, "NET-1") == "published"
    play.federation.beat()
    those = [Suspect([TWO.number], "V-1", "victim", name=TWO.name, passport=TWO.passport), Suspect([THREE.number])]
    play.import_case(CO, TWO.number, those, file_name=f"list-{TWO.number[1:]}", header=TWO.number)
    play.publish(CO, TWO.number)
    play.federation.beat()
    lines = [number_line(TWO.numbers()[1]), person_line(*TWO.names()[1]), number_line(THREE.number)]
    play.ask(CO, lines, case=TWO.plants()[1], header=TWO.number)
    play.garbage(CO, TWO.number)
    play.noise(CO)
    play.restart(CO)
    play.federation.beat()


def asked_back(play: Play) -> None:
    """And a peer, which protects nobody, asks about her, too."""
    play.ask(PE, [number_line(TWO.number)], case=TWO.number)
