"""Who is in the play: invented people, with a number, a name and two identifiers more each, written in many ways.

Nobody of them exists.
"""

from dataclasses import dataclass

from protocol.identifiers import Kind, RawIdentifier, normalise
from protocol.names import name_keys, read_birth_date, read_person
from tests.proof.needles import Canary


@dataclass(frozen=True, repr=False)
class Borne:
    """A document, an address or an account of somebody, as officers write it: the first time as it stands in an export."""

    kind: Kind
    written: tuple[str, ...]

    def canary(self, role: str) -> Canary:
        """For the search: as written, and without the signs that people put between."""
        read = {each for text in self.written for each in normalise(RawIdentifier(self.kind, text, "CO"))}
        forms = {each.canonical for each in read}
        bare = {form.rpartition(":")[2] for form in forms}  # without the state or platform
        return Canary(
            f"{role}'s {self.kind}",
            tuple(sorted({*bare, *self.written})),
            tuple(sorted({each.oprf_input() for each in read})),
            (*sorted(forms), f"document {self.written[0]}"),
        )


@dataclass(frozen=True, repr=False)
class Somebody:
    """A person of the play. All words are of nobody else's name, so that a find of one is a find of the person."""

    role: str
    number: str
    given: str
    surnames: str
    born: str
    others: tuple[Borne, ...]
    """What they bear besides a number."""

    @property
    def passport(self) -> str:
        """Of Colombia, as an export has it; "" without one."""
        return next((each.written[0] for each in self.others if each.kind is Kind.PASSPORT), "")

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
        document = f"document {self.others[0].written[0]}"
        name = f"case of {self.given} {self.surnames}"
        return (self.number, name, f"T-{self.number[3:]}", first, self.number.encode().hex(), document)

    def canaries(self) -> tuple[Canary, ...]:
        """The number, the name and all others in their order, for the search."""
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
            *(each.canary(self.role) for each in self.others),
        )


def _passport(number: str) -> Borne:
    return Borne(Kind.PASSPORT, (number, f"{number[:2]} {number[2:5]} {number[5:]}", number.lower()))


def _national_id(number: str) -> Borne:
    return Borne(Kind.NATIONAL_ID, (number, f"{number[0]}.{number[1:4]}.{number[4:7]}.{number[7:]}"))


def _email(address: str) -> Borne:
    return Borne(Kind.EMAIL, (address, address.upper(), f"mailto:{address}"))


def _handle(name: str) -> Borne:
    return Borne(Kind.SOCIAL_HANDLE, (f"https://www.instagram.com/{name}/", f"https://instagram.com/{name}"))


CAST = (
    Somebody(
        "the first",
        "+573017418295",
        "Quetzalina Ñuflora",
        "Yupanquirre Toctohuamán",
        "1994-03-17",
        (_passport("AQ482913"), _email("violeta.kx94@correo.example")),
    ),
    Somebody(
        "the second",
        "+573156093842",
        "Wenceslada Iraluz",
        "Bustamantegui Chirinosa",
        "2001-11-08",
        (_passport("BR917346"), _handle("garza_nocturna_77q")),
    ),
    Somebody(
        "the third",
        "+573229560173",
        "Tiburcinda Omaira",
        "Zaldumbidez Ñaupariq",
        "1987-06-25",
        (_national_id("1034718295"), _email("tordo-4417@buzon.example")),
    ),
    Somebody(
        "the fourth",
        "+573004872916",
        "Hermenegildas Xóchitlia",
        "Cojitambona Urreztieta",
        "1979-09-14",
        (_email("colibri.9z2@correo.example"), _handle("luciernaga.x83")),
    ),
    Somebody(
        "the fifth",
        "+573183305764",
        "Anacletina Yurubí",
        "Guachipilina Etxeberrigarai",
        "1999-01-29",
        (_passport("CW205581"), _national_id("1079335264")),
    ),
)
