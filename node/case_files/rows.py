"""A national export as typed rows: the one place where its bytes become meaning.

Good rows go on and each bad one is reported; the default is no. What is dropped is dropped here: names of protected people and of
rows that are not about a person never reach a flow.
"""

from dataclasses import dataclass, field

from protocol.identifiers import Identifier
from protocol.names import BirthDate
from protocol.record import RouteNode
from protocol.vocabulary import (
    Act,
    ControlMethod,
    DocumentFraud,
    HandlingCode,
    InformationEvaluation,
    Means,
    MoneyMovement,
    NetworkRole,
    NetworkSizeBand,
    NetworkStructure,
    Offence,
    PlatformKind,
    Purpose,
    RecruitmentMethod,
    Sector,
    SourceEvaluation,
    SubjectCategory,
    Tlp,
    Venue,
    VictimAgeBand,
    VictimCountBand,
    VictimScreening,
)


@dataclass(frozen=True, slots=True)
class Names:
    """A person's or a company's names as the export has them; `born` None where it is missing or unreadable."""

    given: str = field(repr=False)
    surnames: str = field(repr=False)
    born: BirthDate | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class SubjectRow:
    """One person, company or thing. `network`, `subject` and `case` are national references and stay in the country.

    `identifiers` are normalised, alternative keys included, each once. `names` is None for things, and where the export has
    none. A missing screening reads `pending`; a missing one of user or registrant is None. For a protected
    row `network`, `subject` and `case` may be empty: protecting somebody does not wait for a reference.
    """

    line: int
    file: str
    network: str
    subject: str = field(repr=False)
    case: str = field(repr=False)
    category: SubjectCategory
    role: NetworkRole | None
    screening: VictimScreening
    user_screening: VictimScreening | None
    registrant_screening: VictimScreening | None
    names: Names | None = field(repr=False)
    identifiers: tuple[Identifier, ...] = field(repr=False)

    @property
    def protected(self) -> bool:
        """True if nothing of this row may leave and its identifiers belong in the protected register.

        So it is for protected categories, for somebody coerced into a role, and wherever a screening found an indicator: of the
        person, or of who uses or registered the thing (mission, rules 2 and 3).
        """
        screenings = (self.screening, self.user_screening, self.registrant_screening)
        coerced = self.role is not None and not self.role.publishable
        return self.category.protected or coerced or VictimScreening("done_indicator") in screenings


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One network. Tuples are sorted sets; months are `YYYY-MM`, `review_date` is `YYYY-MM-DD`."""

    line: int
    file: str
    network: str
    acts: tuple[Act, ...]
    means: tuple[Means, ...]
    purposes: tuple[Purpose, ...]
    sectors: tuple[Sector, ...]
    venues: tuple[Venue, ...]
    structure: NetworkStructure
    size: NetworkSizeBand
    recruitment_methods: tuple[RecruitmentMethod, ...]
    control_methods: tuple[ControlMethod, ...]
    document_frauds: tuple[DocumentFraud, ...]
    money_movements: tuple[MoneyMovement, ...]
    platform_kinds: tuple[PlatformKind, ...]
    offences: tuple[Offence, ...]
    first_activity: str
    last_activity: str
    victim_count: VictimCountBand | int
    """A number is banded before anything is kept of it."""
    victim_ages: tuple[VictimAgeBand, ...]
    source_evaluation: SourceEvaluation
    information_evaluation: InformationEvaluation
    handling: tuple[HandlingCode, ...]
    tlp: Tlp
    review_date: str


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One place of a route; the places of one (network, route) in the order of `order` make the route."""

    line: int
    file: str
    network: str
    route: str = field(repr=False)
    order: int
    node: RouteNode
