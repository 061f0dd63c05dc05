"""Which words are a name, where something has said that one stands there, and which are a place's, a ship's, an office's."""

import re
from collections.abc import Iterator

from protocol.names.rarity import is_common_given_name, is_common_surname
from protocol.recognition.nationalities import STATES
from protocol.recognition.people import NAME_LIKE, PARTICLES
from protocol.recognition.words import SETS_ASIDE, folded, named, set_of

_NO_PART = set_of(
    "con com with avec alias aka vulgo apodado apodada conocido conocida conhecido conhecida known dit dite domiciliado "
    "domiciliada residente resident natural nacional nacionalidad nacionalidade nationality edad idade age aged sexo sex mayor "
    "hijo hija filho filha son daughter fils fille portador titular identificado identificada casado casada soltero soltera "
    "solteiro solteira madre padre mae pai mother father mere pere esposo esposa "
    "divorciado viudo ocupacion profesion profissao who que quien qui quem en em in sin se no"
)
"""Words that end a name where capitals do not."""
_NO_PEOPLE = SETS_ASIDE | set_of(
    "hotel hostal bar club buque barco lancha embarcacion navio navire ship vessel boat empresa compania company sociedad "
    "sociedade societe transportes inversiones comercial agencia agence agency restaurante restaurant barrio colonia bairro "
    "finca hacienda edificio discoteca puerto porto port aeropuerto operacion operation operacao municipio provincia ciudad "
    "grupo fundacion policia fiscalia ministerio juzgado tribunal comisaria direccion instituto municipalidad unidad division "
    "oficina consulado embajada delegacia prefeitura police ministry court office embassy consulate ministere prefecture datos "
    "dados data hechos fatos facts faits lugar local lieu ninguno ninguna varios varias"
)
_PLACES = set_of(
    "san santa santo sao saint sainte villa vila ville ciudad cidade nueva nuevo nova novo alto alta bajo baja cerro monte rio "
    "los las el la le les valle"
)
"""Words with which names of places begin: in a list, they stand before a comma and a date as surnames do."""
_WORD = re.compile(r"[^\W\d_]+[.'’ªº-]*")
ALIAS = (
    r"(?:[,;]?\s*\(?(?:alias|a\.?k\.?a\.?|vulgo|apodad[oa]|dite?|\(a\)|conocid[oa]\scomo|conhecid[oa]\s(?:como|por)|known\sas)\s?:?"
    r"\s*(?:[\"“«'‘][^\"”»'’]{1,40}[\"”»'’]|[^\W\d_]{2,20}(?:\s[^\W\d_]{2,20}){0,2}(?=\s*[,;)]))\)?)"
)
"""A nickname after a name or before it, for `re`: it is no part of the name."""


def capitalised_words(text: str, plain: str, start: int, end: int) -> tuple[int, int] | None:
    """The name at the beginning of a piece of text: of capitalised words, or of a whole piece without any."""
    while start < end and text[start].isspace():
        start += 1
    found = NAME_LIKE.match(text, start, end)
    if found is None:
        return None
    last = start
    capitalised = text[start].isupper()
    for word in _WORD.finditer(text, start, found.end()):
        bare = plain[word.start() : word.end()].strip(".'’-")
        if bare in _NO_PART or _names_a_kind(bare):
            break
        if not capitalised or word[0][0].isupper():
            last = word.end()
        elif bare not in PARTICLES:
            break
    return (start, last) if last > start else None


def _names_a_kind(word: str) -> bool:
    """Whether a value of another kind is announced, such as DNI."""
    known = named(word.upper())
    return known is not None and known.names and not is_common_given_name(word)


def between_commas(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The pieces of `text` from `start` to `end`."""
    for piece in re.compile("[^,]*").finditer(text, start, end):
        if piece.start() == start or text[piece.start() - 1] == ",":
            yield piece.span()


def is_no_person(name: str) -> bool:
    """Whether a word of it is that of a company, a vessel, a street or an office."""
    return not _NO_PEOPLE.isdisjoint(folded(name).split())


def is_given(surnames: str, given: str) -> bool:
    """Whether what follows a comma is a known given name, behind what capitals, lists or its form show as surnames."""
    if not is_common_given_name(given):
        return False
    if surnames.isupper() > given.isupper() or (is_common_surname(surnames) and not is_common_given_name(surnames)):
        return True
    return are_two_surnames(surnames)


def are_two_surnames(name: str) -> bool:
    """Whether it has the form of two surnames: two words or more, none a known given name, and not a place's."""
    words = main_words(name)
    if len(words) < 2 or folded(words[0]) in _PLACES or folded(name) in STATES or is_no_person(name):
        return False
    return not any(is_common_given_name(word) for word in words)


def main_words(name: str) -> list[str]:
    """The words of a name without particles."""
    return [word for word in name.split() if folded(word) not in PARTICLES]
