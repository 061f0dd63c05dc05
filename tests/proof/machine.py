"""The state machine: any order of what officers, administrators and the clock do, with victims' data planted wherever it fits.

At the end of each sequence every byte that left a node is searched for whom that node protects. Sequences come from a seed, so
that one can be played again.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from protocol.authority import Authority
from tests.federation.cases import Suspect
from tests.proof.cast import CAST, Somebody
from tests.proof.inprocess import CODES, InProcess, found_template
from tests.proof.play import OFFICERS, Play, number_line, person_line

STEPS = 14
"""Of one sequence."""

nodes = st.sampled_from(CODES)
people = st.sampled_from(CAST)
networks = st.sampled_from(("NET-1", "NET-2"))
categories = st.sampled_from(("suspect", "suspect", "charged", "victim", "witness", "dual_status"))
screenings = st.sampled_from(("done_no_indicator", "done_no_indicator", "pending", "done_indicator"))
ways_to_write = st.integers(0, 4)


def _in_file_name(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def plants(who: Somebody) -> tuple[str, ...]:
    """What an officer could write of somebody where it does not belong."""
    first, *_ = who.surnames.split()
    return (who.number, f"case of {who.given} {who.surnames}", f"T-{who.number[3:]}", first, who.number.encode().hex())


planted = st.builds(lambda who, at: plants(who)[at], people, ways_to_write)
file_names = st.one_of(
    st.just("subjects"), planted.map(lambda text: "".join(each for each in text if each.isascii() and each.isalnum()))
)


@st.composite
def subjects(draw: st.DrawFn) -> Suspect:
    """Somebody in an export: with any category, any screening, and perhaps somebody else's number."""
    who, other, shares = draw(people), draw(people), draw(st.booleans())
    name = who.names()[draw(st.integers(0, 3))] if draw(st.booleans()) else ("", "", "")
    written = who.numbers()[draw(ways_to_write)]
    return Suspect(
        (who.number if draw(st.booleans()) else written, *((other.number,) if shares and other is not who else ())),
        draw(st.one_of(st.sampled_from(("S-1", "S-2", "S-3")), planted)),
        draw(categories),
        draw(screenings),
        name,
    )


@dataclass
class Template:
    """A federation on its second day, which each sequence begins with a copy of."""

    folder: Path
    began: int

    @classmethod
    def make(cls, folder: Path, now: int) -> "Template":
        """Found one in `folder`, with accounts and its first lists."""
        found_template(folder / "founded")
        first = InProcess(folder / "begun", folder / "founded", seed=0, began=now)
        for code in CODES:
            for username, role in OFFICERS.items():
                first.officer(code, username, role)
        for _ in range(2):  # at the second everybody has heard from the others what time it is
            first.beat()
        first.close()
        return cls(folder / "begun", first.clock())


class Trafficking(RuleBasedStateMachine):
    """Three states, five people, fourteen steps."""

    template: Template
    sequences = 0
    searched = 0

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="play-"))
        self.federation = InProcess(self._folder / "federation", self.template.folder, 1, self.template.began)
        self.play = Play(self.federation)

    @initialize(code=nodes, who=people)
    def somebody_is_protected(self, code: Authority, who: Somebody) -> None:
        """A sequence without anybody to protect would show nothing."""
        self.play.import_case(code, "NET-0", [Suspect([who.number], "V-0", "victim", name=who.name)])

    @rule(
        code=nodes,
        network=networks,
        those=st.lists(subjects(), min_size=1, max_size=3),
        file_name=file_names,
        at_once=st.booleans(),
    )
    def import_case(self, code: Authority, network: str, those: Sequence[Suspect], file_name: str, at_once: bool) -> None:
        """An export, with plants in references, file names and headers; perhaps published at once."""
        distinct = {each.subject: each for each in those}
        self.play.import_case(code, network, list(distinct.values()), file_name=file_name, header=file_name)
        if at_once:
            self.play.publish(code, network)

    @rule(code=nodes, who=people, way=ways_to_write)
    def register(self, code: Authority, who: Somebody, way: int) -> None:
        """The protection liaison enters somebody, as their office writes it."""
        self.play.register(code, who, way)

    @rule(code=nodes, network=networks)
    def publish(self, code: Authority, network: str) -> None:
        """Two analysts agree."""
        self.play.publish(code, network)

    @rule(code=nodes, network=networks)
    def publish_alone(self, code: Authority, network: str) -> None:
        """An analyst tries it without the other."""
        self.play.publish_alone(code, network)

    @rule(code=nodes)
    def withdraw(self, code: Authority) -> None:
        """An analyst takes all back."""
        self.play.withdraw(code)

    @rule(code=nodes, those=st.lists(st.tuples(people, ways_to_write, st.booleans()), min_size=1, max_size=4), case=planted)
    def ask(self, code: Authority, those: Sequence[tuple[Somebody, int, bool]], case: str) -> None:
        """An investigator asks both peers about numbers and people, protected ones among them."""
        lines = [
            number_line(who.numbers()[way]) if by_number else person_line(*who.names()[way % 4]) for who, way, by_number in those
        ]
        self.play.ask(code, lines, case=case, header=case)

    @rule(code=nodes, text=planted)
    def garbage(self, code: Authority, text: str) -> None:
        """Officers and a peer send what nobody can read."""
        self.play.garbage(code, text)
        self.play.noise(code)

    @rule(code=nodes)
    def beat(self, code: Authority) -> None:
        """Ten minutes pass, and one of the states looks what the others list."""
        self.federation.beat(code)

    @rule(code=nodes)
    def restart(self, code: Authority) -> None:
        """A reboot."""
        self.play.restart(code)

    @rule(code=nodes)
    def decide(self, code: Authority) -> None:
        """The protection liaisons look at what is held."""
        self.play.decide(code)

    @rule(code=nodes)
    def turn_register(self, code: Authority) -> None:
        """The register gets another key."""
        self.play.turn_register(code)

    @rule(code=nodes)
    def go_away(self, code: Authority) -> None:
        """A node's line is cut, or mended."""
        self.federation.away ^= {code}

    def teardown(self) -> None:
        """Everybody is heard, a last beat passes, and all that left is searched."""
        try:
            self.federation.away.clear()
            self.federation.beat()
            finds = self.play.finds()
            type(self).sequences += 1
            type(self).searched += self.play.searched
            assert finds == [], finds
            assert self.play.unlawful() == []
        finally:
            self.federation.close()
            shutil.rmtree(self._folder)


def prove(template: Template, *, sequences: int, first: int) -> tuple[int, int]:
    """Play `sequences` sequences of the chunk that the seed `first` names. Returns how many were played, and bytes searched."""

    class Chunk(Trafficking):
        pass

    Chunk.template = template
    profile = settings(
        max_examples=sequences,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a sequence that fails is printed as it was; to shrink it would take an hour
        suppress_health_check=list(HealthCheck),
    )
    seed(first)(Chunk)
    run_state_machine_as_test(Chunk, settings=profile)
    return Chunk.sequences, Chunk.searched
