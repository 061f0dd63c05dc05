"""The three states of the demonstration. Offices, addresses and numbers are invented."""

from dataclasses import dataclass

from protocol.authority import Authority
from protocol.directory import Contact
from protocol.members import MemberEntry, MemberKeys, Names


@dataclass(frozen=True)
class State:
    """A state that takes part: its authority's names and contact point, and the named set that it shares with, if any."""

    authority: Authority
    names: Names
    contact: Contact
    audiences: tuple[tuple[Authority, ...], ...] = ()

    def member(self, keys: MemberKeys) -> MemberEntry:
        """The entry that the member states sign together, with the keys that its node made."""
        return MemberEntry(authority=self.authority, names=self.names, log=keys.log, witness=keys.witness)


COLOMBIA = State(
    Authority("CO"),
    Names(
        es="Fiscalía Especializada de Colombia (demostración)",
        en="Specialised Prosecution Unit of Colombia (demonstration)",
        pt="Promotoria Especializada da Colômbia (demonstração)",
        fr="Parquet spécialisé de Colombie (démonstration)",
    ),
    Contact(id="cp-1", email="enlace.co@example.org", phone="+576015550100", languages=("es", "en")),
)
PERU = State(
    Authority("PE"),
    Names(
        es="Fiscalía Especializada del Perú (demostración)",
        en="Specialised Prosecution Unit of Peru (demonstration)",
        pt="Promotoria Especializada do Peru (demonstração)",
        fr="Parquet spécialisé du Pérou (démonstration)",
    ),
    Contact(id="cp-1", email="enlace.pe@example.org", phone="+5115550100", languages=("es",)),
    audiences=((Authority("CO"),),),
)
BRAZIL = State(
    Authority("BR"),
    Names(
        es="Unidad Especializada de Brasil (demostración)",
        en="Specialised Unit of Brazil (demonstration)",
        pt="Unidade Especializada do Brasil (demonstração)",
        fr="Unité spécialisée du Brésil (démonstration)",
    ),
    Contact(id="cp-1", email="enlace.br@example.org", phone="+556135550100", languages=("pt", "es")),
)
STATES = (COLOMBIA, PERU, BRAZIL)
