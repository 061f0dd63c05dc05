"""One class a code list. Their codes, labels and flags stand in `vocabulary.json`."""

from protocol.vocabulary.lists import Code


class Act(Code):
    """What was done (Palermo Protocol art. 3(a))."""

    __slots__ = ()
    list_name = "act"


class Means(Code):
    """How it was done; for a child no means is required."""

    __slots__ = ()
    list_name = "means"


class Purpose(Code):
    """The exploitation that the network is for. Not to be confused with `RequestPurpose`."""

    __slots__ = ()
    list_name = "purpose"


class Sector(Code):
    """Economic sector of the exploitation."""

    __slots__ = ()
    list_name = "sector"


class Venue(Code):
    """Kind of place, never an address."""

    __slots__ = ()
    list_name = "venue"


class RecruitmentMethod(Code):
    """How people are recruited."""

    __slots__ = ()
    list_name = "recruitment_method"


class ControlMethod(Code):
    """How people are controlled."""

    __slots__ = ()
    list_name = "control_method"


class TransportMode(Code):
    """How a leg of a route is travelled."""

    __slots__ = ()
    list_name = "transport_mode"


class BorderCrossing(Code):
    """How a border is crossed."""

    __slots__ = ()
    list_name = "border_crossing"


class RouteNodeKind(Code):
    """What a place is in a route."""

    __slots__ = ()
    list_name = "route_node_kind"


class DocumentFraud(Code):
    """Fraud with documents."""

    __slots__ = ()
    list_name = "document_fraud"


class MoneyMovement(Code):
    """How proceeds move."""

    __slots__ = ()
    list_name = "money_movement"


class PlatformKind(Code):
    """Kind of platform, never a brand or an account."""

    __slots__ = ()
    list_name = "platform_kind"


class NetworkRole(Code):
    """Role in a network; `coerced_participant` is never published."""

    __slots__ = ()
    list_name = "network_role"


class NetworkStructure(Code):
    """UNODC's typology of structures."""

    __slots__ = ()
    list_name = "network_structure"


class NetworkSizeBand(Code):
    """Size of the network, never of its victims."""

    __slots__ = ()
    list_name = "network_size_band"


class VictimCountBand(Code):
    """Victims in bands; below eleven is one band."""

    __slots__ = ()
    list_name = "victim_count_band"


class VictimAgeBand(Code):
    """Ages in bands; only minor and adult are published."""

    __slots__ = ()
    list_name = "victim_age_band"


class SourceEvaluation(Code):
    """Reliability of the source, 4x4."""

    __slots__ = ()
    list_name = "source_evaluation"


class InformationEvaluation(Code):
    """Credibility of the information, 4x4."""

    __slots__ = ()
    list_name = "information_evaluation"


class HandlingCode(Code):
    """What a receiver may do with it (H0 to H3)."""

    __slots__ = ()
    list_name = "handling_code"


class Tlp(Code):
    """FIRST Traffic Light Protocol 2.0."""

    __slots__ = ()
    list_name = "tlp"


class LegalBasis(Code):
    """Instrument under which a request is made."""

    __slots__ = ()
    list_name = "legal_basis"


class RequestPurpose(Code):
    """Why an authority asks. Two purposes exist only to be refused and counted."""

    __slots__ = ()
    list_name = "request_purpose"

    @property
    def allowed(self) -> bool:
        """False for the purposes that mission rule 5 forbids."""
        return bool(self.entry.get("allowed", True))

    @property
    def for_matching(self) -> bool:
        """True when identifiers may be matched for this purpose."""
        return self.allowed and bool(self.entry.get("matching", True))


class Urgency(Code):
    """Clock of a request."""

    __slots__ = ()
    list_name = "urgency"

    @property
    def hours(self) -> int:
        """Hours from receipt until the answer is due."""
        return int(self.entry["hours"])


class MatchOutcome(Code):
    """What came of a match."""

    __slots__ = ()
    list_name = "match_outcome"

    @property
    def outward(self) -> "MatchOutcome":
        """What a peer is told: causes that would say something about a person all read `declined`."""
        return MatchOutcome(self.entry.get("outward", self))


class SubjectCategory(Code):
    """What a person or thing is in its national case."""

    __slots__ = ()
    list_name = "subject_category"

    @property
    def is_person(self) -> bool:
        """True for natural persons: they need a victim screening before anything of theirs leaves."""
        return self not in ("legal_person", "thing")

    @property
    def protected(self) -> bool:
        """True for people of whom nothing ever leaves: victims, witnesses, relatives, and suspects who may be victims."""
        return not self.publishable


class VictimScreening(Code):
    """Whether a person was screened as a possible victim."""

    __slots__ = ()
    list_name = "victim_screening"


class Offence(Code):
    """Offences, mapped to ICCS 1.0."""

    __slots__ = ()
    list_name = "offence"
