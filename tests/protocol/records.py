"""Invented records, one of each kind. No network, place or person in them exists."""

from protocol.authority import Authority
from protocol.record import Grading, Link, ModusOperandi, Network, Route, RouteNode, VictimProfile, Withdrawal
from protocol.vocabulary import (
    Act,
    BorderCrossing,
    ControlMethod,
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
    RouteNodeKind,
    Sector,
    SourceEvaluation,
    Tlp,
    TransportMode,
    VictimAgeBand,
    VictimCountBand,
)
from tests.protocol.federation import CO, PE, octets

GRADING = Grading(source=SourceEvaluation("B"), information=InformationEvaluation("2"))


def record_id(label: str) -> str:
    """A record's id, from a label."""
    return octets(f"record {label}").hex()[:32]


def network(authority: Authority = CO) -> Network:
    """A network that recruits online and exploits in hotels."""
    return Network(
        id=record_id("network"),
        version=1,
        authority=authority,
        grading=GRADING,
        handling=(HandlingCode("H0"), HandlingCode("H1")),
        tlp=Tlp("amber"),
        review="2027-09-21",
        contact="cp-1",
        links=(Link(relation="same_as", authority=PE, record=record_id("a peer's network")),),
        acts=(Act("recruitment"), Act("transportation")),
        means=(Means("deception"),),
        purposes=(Purpose("sexual_prostitution"),),
        sectors=(Sector("lodging"),),
        structure=NetworkStructure("core_group"),
        size=NetworkSizeBand("n6_10"),
        roles=(NetworkRole("recruiter"), NetworkRole("transporter")),
        recruitment=(RecruitmentMethod("false_job_offer"), RecruitmentMethod("online_fishing")),
        control=(ControlMethod("debt_bondage"),),
        money=(MoneyMovement("remittance"),),
        platforms=(PlatformKind("job_board"),),
        offences=(Offence("tip_sexual"),),
        first_activity="2025-03",
        last_activity="2026-08",
        victims=VictimProfile(count=VictimCountBand("v11_25"), ages=(VictimAgeBand("adult"),)),
    )


def route(authority: Authority = CO) -> Route:
    """The network's route."""
    return Route(
        id=record_id("route"),
        version=1,
        authority=authority,
        grading=GRADING,
        handling=(HandlingCode("H0"),),
        tlp=Tlp("green"),
        review="2027-09-21",
        contact="cp-1",
        links=(Link(relation="part_of", authority=authority, record=record_id("network")),),
        nodes=(
            RouteNode(kind=RouteNodeKind("origin"), country="CO", subdivision="CO-NAR"),
            RouteNode(
                kind=RouteNodeKind("destination"),
                country="PE",
                locode="PELIM",
                transport=TransportMode("bus"),
                crossing=BorderCrossing("informal_land"),
            ),
        ),
    )


def modus_operandi(authority: Authority = CO) -> ModusOperandi:
    """How the network works."""
    return ModusOperandi(
        id=record_id("modus operandi"),
        version=1,
        authority=authority,
        grading=GRADING,
        handling=(HandlingCode("H0"),),
        tlp=Tlp("clear"),
        review="2027-09-21",
        contact="cp-1",
        acts=(Act("recruitment"),),
        means=(Means("fraud"),),
    )


def withdrawal(authority: Authority = CO) -> Withdrawal:
    """Takes the network's first version back."""
    return Withdrawal(id=record_id("network"), version=2, authority=authority, supersedes=octets("version 1").hex())
