"""Who is in the play: invented people, with a number and a name each, written in many ways. Nobody of them exists."""

from dataclasses import dataclass

from protocol.identifiers import Kind, RawIdentifier, normalise
from protocol.names import name_keys, read_birth_date, read_person
from tests.proof.needles import Canary


@dataclass(frozen=True, repr=False)
class Somebody:
    """A person of the play. All words are of nobody else's name, so that a find of one is a find of the person."""

    role: str
    number: str
    given: str
    surnames: str
    born: str

    @property
    def name(self) -> tuple[str, str, str]:
        """Given names, surnames, birth date, as an export has them."""
        return self.given, self.surnames, self.born

    def numbers(self) -> tuple[str, ...]:
        """The number as officers of any country write it."""
        national = self.number[3:]
        return (
            self.number,
            f"+57 {national[:3]} {national[3:6]} {national[6:]}",
            f"0057-{national[:3]}-{national[3:]}",
            f"(+57) {national[:3]}.{national[3:6]}.{national[6:]}",
            f"https://wa.me/57{national}",
        )

    def names(self) -> tuple[tuple[str, str, str], ...]:
        """The person as other offices write it, each time with the birth date."""
        first, *_ = self.given.split()
        return (
            self.name,
            (self.surnames, self.given, self.born),
            (self.given.upper(), self.surnames.upper(), self.born),
            (first, self.surnames, self.born),
        )

    def plants(self) -> tuple[str, ...]:
        """What an officer could write of them where it does not belong."""
        first, *_ = self.surnames.split()
        return (self.number, f"case of {self.given} {self.surnames}", f"T-{self.number[3:]}", first, self.number.encode().hex())

    def canaries(self) -> tuple[Canary, Canary]:
        """The number and the name, for the search."""
        identifiers = normalise(RawIdentifier(Kind.PHONE, self.number, "CO"))
        words = tuple(f"{self.given} {self.surnames}".split())
        keys = name_keys(read_person(self.given, self.surnames, read_birth_date(self.born)))
        written = (*self.numbers(), self.number[1:], f"00{self.number[1:]}", f"T-{self.number[3:]}", self.number.encode().hex())
        names = {part for name in self.names() for part in (*name[:2], " ".join(name[:2]), *(sign.join(name) for sign in " ;,|"))}
        return (
            Canary(
                f"{self.role}'s number",
                (self.number, self.number[3:]),
                tuple(each.oprf_input() for each in identifiers),
                written,
            ),
            Canary(
                f"{self.role}'s name",
                words,
                tuple(key.oprf_input() for key in keys),
                (*sorted(names), f"case of {self.given} {self.surnames}"),
            ),
        )


CAST = (
    Somebody("the first", "+573017418295", "Quetzalina Ñuflora", "Yupanquirre Toctohuamán", "1994-03-17"),
    Somebody("the second", "+573156093842", "Wenceslada Iraluz", "Bustamantegui Chirinosa", "2001-11-08"),
    Somebody("the third", "+573229560173", "Tiburcinda Omaira", "Zaldumbidez Ñaupariq", "1987-06-25"),
    Somebody("the fourth", "+573004872916", "Hermenegildas Xóchitlia", "Cojitambona Urreztieta", "1979-09-14"),
    Somebody("the fifth", "+573183305764", "Anacletina Yurubí", "Guachipilina Etxeberrigarai", "1999-01-29"),
)
