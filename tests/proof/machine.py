"""The state machine: any order of what officers, administrators and the clock do, with victims' data planted wherever it fits.

At the end of each sequence every byte that left a node is searched for whom that node protects. Sequences come from a seed, so
that one can be played again.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path

from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from sqlmodel import func, select

from node.app import Node
from node.store.tables import Hit, Hold, Intake
from protocol.authority import Authority
from protocol.journal import Act
from tests.federation.cases import Suspect
from tests.proof.beginning import FIRST, LISTED, Beginning
from tests.proof.cast import CAST, Somebody
from tests.proof.inprocess import BR, CO, PE, InProcess
from tests.proof.oversight import oversee
from tests.proof.play import Play, Stage, line_about, listed
from tests.proof.registering import WAYS_IN
from tests.proof.ways import counted, expected

STEPS = 14
"""Of one sequence."""
OVERSEEN = 3
"""Of so many sequences one ends with what those who oversee do, which takes as long as a quarter of another."""

nodes = st.sampled_from((CO, CO, CO, PE, PE, BR))
"""Some are busier than others: what one does has to meet what it did before."""
people = st.sampled_from(CAST)
networks = st.sampled_from(("NET-1", "NET-2"))
categories = st.sampled_from(("suspect", "suspect", "suspect", "charged", "victim", "witness", "dual_status"))
screenings = st.sampled_from(("done_no_indicator", "done_no_indicator", "done_no_indicator", "pending", "done_indicator"))
ways_to_write = st.integers(0, 4)
ways_to_ask = st.integers(0, 3)
"""By the number, by the name, by either of two others."""
ways_in = st.sampled_from(WAYS_IN)

planted = st.builds(lambda who, at: who.plants()[at], people, st.integers(0, 5))
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
        who.passport if draw(st.booleans()) else "",
    )


@dataclass
class Tally:
    """What was played, over all sequences: a search through nothing would find nothing."""

    sequences: int = 0
    searched: int = 0
    questions: int = 0
    held: int = 0
    """Lines, and what publications withheld."""
    hits: int = 0
    published: int = 0
    listed: int = 0
    """Entries in force at the end."""
    fallen: int = 0
    """Entries that stood in a list when somebody was protected."""
    turns: int = 0
    """Of the epochs of a state's lists."""
    seen: Counter[str] = field(default_factory=Counter)
    """Bytes by each way out, messages of each type, answers of each route for peers, registrations in each way: what should have
    been and was not has a zero.
    """

    def add(self, other: "Tally") -> None:
        """What another one counted, too."""
        for each in fields(self):
            if each.name != "seen":
                setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))
        self.seen.update(other.seen)

    def count(self, node: Node) -> None:
        """What a node remembers of a sequence."""
        with node.database.read() as work:
            acts = work.session.exec(select(Intake.kind)).all()
            self.held += work.session.exec(select(func.count()).select_from(Hold)).one()
            self.hits += work.session.exec(select(func.count()).select_from(Hit)).one()
        self.questions += acts.count(Act.QUESTION_ASKED)
        self.published += acts.count(Act.PUBLISHED)
        self.listed += listed(node)


class Trafficking(RuleBasedStateMachine):
    """Three states, five people, fourteen steps."""

    beginning: Beginning
    tally: Tally
    is_passed_over: bool
    """Whether the next sequence is not played: hypothesis tries the least of all before it draws any."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="play-"))
        self.known = [(CO, FIRST), (PE, FIRST)]
        """Networks that were imported."""

    @cached_property
    def play(self) -> Play:
        """Begins with the first step, which hypothesis has drawn by then: a sequence that is passed over costs nothing."""
        passed_over, type(self).is_passed_over = self.is_passed_over, False
        assume(not passed_over)
        return Play(self.beginning.begin(self._folder / "federation"))

    @property
    def federation(self) -> Stage:
        """That it is played with."""
        return self.play.federation

    # what each sequence begins with, in any order: chance alone leaves whole kinds of steps out of many of them

    @initialize(code=nodes, who=people)
    def somebody_is_protected(self, code: Authority, who: Somebody) -> None:
        """A row of an export says that somebody is a victim."""
        self.play.import_case(code, "NET-0", [Suspect([who.number], "V-0", "victim", name=who.name, passport=who.passport)])
        self._fall(code)

    @initialize(who=st.sampled_from(LISTED), way=ways_to_write, by=ways_in)
    def somebody_listed_is_protected(self, who: tuple[Authority, Somebody], way: int, by: str) -> None:
        """A suspect turns out to be a victim."""
        self.register(*who, way, by)

    @initialize(code=nodes, who=people, way=ways_to_write, by=ways_to_ask)
    def somebody_asks(self, code: Authority, who: Somebody, way: int, by: int) -> None:
        """About somebody, and about everybody who is listed elsewhere."""
        listed_elsewhere = [(each, 0, 0) for at, each in LISTED if at != code]
        self.ask(code, [(who, way, by), *listed_elsewhere], who.plants()[way])

    @initialize(code=nodes, who=people)
    def somebody_is_proposed(self, code: Authority, who: Somebody) -> None:
        """A suspect, screened, and published if the register lets it."""
        self.import_case(
            code, "NET-2", [Suspect([who.number], who.role, name=who.name, passport=who.passport)], "subjects", at_once=True
        )

    @rule(
        code=nodes,
        network=networks,
        those=st.lists(subjects(), min_size=1, max_size=3),
        file_name=file_names,
        at_once=st.sampled_from((True, True, False)),
    )
    def import_case(self, code: Authority, network: str, those: Sequence[Suspect], file_name: str, *, at_once: bool) -> None:
        """An export, with plants in references, file names and headers; perhaps published at once."""
        distinct = {each.subject: each for each in those}
        self.play.import_case(code, network, list(distinct.values()), file_name=file_name, header=file_name)
        self.known.append((code, network))
        self._fall(code)
        if at_once:
            self.play.publish(code, network)

    @rule(code=nodes, who=people, way=ways_to_write, by=ways_in)
    def register(self, code: Authority, who: Somebody, way: int, by: str) -> None:
        """The protection liaison enters somebody, as their office writes it, or their office does."""
        self.play.register(code, who, way, by)
        self.tally.seen[by] += 1
        self._fall(code)

    @rule(who=st.sampled_from(LISTED), way=ways_to_write, by=ways_in)
    def register_somebody_listed(self, who: tuple[Authority, Somebody], way: int, by: str) -> None:
        """A suspect turns out to be a victim."""
        self.register(*who, way, by)

    @rule(at=st.integers(0, 30))
    def publish(self, at: int) -> None:
        """Two analysts agree on one of the networks."""
        self.play.publish(*self.known[at % len(self.known)])

    @rule(at=st.integers(0, 30))
    def publish_alone(self, at: int) -> None:
        """An analyst tries it without the other."""
        self.play.publish_alone(*self.known[at % len(self.known)])

    @rule(code=nodes)
    def withdraw(self, code: Authority) -> None:
        """An analyst takes all back."""
        self.play.withdraw(code)

    @rule(code=nodes, those=st.lists(st.tuples(people, ways_to_write, ways_to_ask), min_size=1, max_size=4), case=planted)
    def ask(self, code: Authority, those: Sequence[tuple[Somebody, int, int]], case: str) -> None:
        """An investigator asks both peers about people by all that they bear, protected ones among them."""
        self.play.ask(code, [line_about(*each) for each in those], case=case, header=case)

    @rule(code=nodes, at=st.integers(0, 30), way=ways_to_write, by=ways_to_ask)
    def ask_about_somebody_protected(self, code: Authority, at: int, way: int, by: int) -> None:
        """An investigator asks about whom the own node protects, and about somebody else."""
        mine = [who for who in CAST if any((code, each) in self.play.protected for each in who.canaries())]
        if mine:
            who, other = mine[at % len(mine)], CAST[at % len(CAST)]
            self.ask(code, [(who, way, by), (other, 0, 0)], who.plants()[way])

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

    @rule(code=nodes, stolen=st.booleans())
    def turn_epochs(self, code: Authority, stolen: bool) -> None:
        """The next epochs of a state's lists; where a seed was stolen, the ones before end."""
        self.play.turn_epochs(code, overlap=not stolen)

    @rule(code=nodes)
    def go_away(self, code: Authority) -> None:
        """A node's line is cut, or mended."""
        self.federation.cut(code)

    def _fall(self, code: Authority) -> None:
        """Take note of what stood in a list and has to leave it now."""
        self.tally.fallen += listed(self.federation.nodes[code], "leaving")

    def teardown(self) -> None:
        """Everybody is heard, a last beat passes, and all that left is searched."""
        if "play" not in vars(self):
            shutil.rmtree(self._folder)
            return
        try:
            for code in list(self.federation.away):
                self.federation.cut(code)
            self.federation.beat()
            if isinstance(self.federation, InProcess):
                if self.tally.sequences % OVERSEEN == 0:
                    oversee(self.play, self.federation)
                self.tally.seen.update(expected(self.federation.nodes[CO].peer_app))
            self.federation.end()
            self.tally.seen.update(counted(self.federation.taps.all()))
            self.tally.seen.update(self.federation.taps.answered)
            finds = self.play.finds()
            assert finds == [], finds
            assert self.play.unlawful() == []
            self.tally.add(Tally(sequences=1, searched=self.play.searched, turns=self.play.turns))
            for each in self.federation.nodes.values():
                self.tally.count(each)
        finally:
            self.federation.close()
            shutil.rmtree(self._folder)


def prove(beginning: Beginning, *, sequences: int, first: int, steps: int = STEPS, least: bool = True) -> Tally:
    """Play `sequences` sequences of the chunk that the seed `first` names. The first is the least there is, where `least`."""

    class Chunk(Trafficking):
        pass

    Chunk.beginning, Chunk.tally, Chunk.is_passed_over = beginning, Tally(), not least
    profile = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a sequence that fails is printed as it was; to shrink it would take an hour
        suppress_health_check=list(HealthCheck),
    )
    seed(first)(Chunk)
    run_state_machine_as_test(Chunk, settings=profile)
    return Chunk.tally
