"""People of the national case data, as registers write them. Nobody of them exists."""

from dataclasses import dataclass

from protocol.names import NameKey, Person, name_keys, read_birth_date, read_person


@dataclass(frozen=True)
class Named:
    """An invented person as a register writes one."""

    given: str
    surnames: str
    born: str

    @property
    def person(self) -> Person:
        return read_person(self.given, self.surnames, read_birth_date(self.born))

    @property
    def keys(self) -> tuple[NameKey, ...]:
        return name_keys(self.person)

    @property
    def inputs(self) -> list[bytes]:
        return [key.oprf_input() for key in self.keys]


LUCIA = Named("Lucía Marina", "Quispe Ñahuí", "1990-05-12")
LUCIA_ELSEWHERE = Named("LUCIA", "NAHUI KISPE", "1990-12-05")
"""Another office's writing of the same person: surnames exchanged, by ear, without accents, day and month exchanged."""
NAMESAKE = Named("Lucía Marina", "Quispe Ñahuí", "1973-08-30")
"""Somebody else of the same name."""
