"""What registers write in the place of a name that nobody knows, or that somebody keeps back.

"NN" would be a name like any other: all unnamed people of two registers would share keys, so one of them would be taken for the
other, while the part of the name that is known would weigh less. Such words are left out, and what stands beside them is kept.
Words are as `read_person` takes them from a text: `a` to `z`, without particles.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ANYWHERE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "es": "desconocido|desconocida|desconocidos|desconocidas|anonimo|anonima|ignorado|ignorada|no identificado"
        "|no identificada|no identificados|identificar|establecer|determinar|sin nombre|sin nombres|sin apellido|sin apellidos"
        "|sin dato|sin datos|sin informacion|no consta|no aplica|no registra|no refiere|no informa|no se sabe|no sabe|no tiene"
        "|se desconoce|se ignora|identidad reservada|fulano tal|fulana tal",
        "pt": "desconhecido|desconhecida|desconhecidos|desconhecidas|ignorado|ignorada|nao identificado|nao identificada"
        "|nao identificados|nao informado|nao informada|nao consta|nao declarado|nao sabe|nao tem|sem nome|sem sobrenome"
        "|sem informacao|sem identificacao",
        "en": "unknown|unidentified|anonymous|undisclosed|not known|not stated|not given|not provided|not available|be identified"
        "|no name|no surname|name withheld",
        "fr": "inconnu|inconnue|inconnus|inconnues|anonyme|non renseigne|non renseignee|non identifie|non identifiee"
        "|non communique|non precise|sans nom|sans prenom",
    }
)
"""Nobody is called that in any of the four languages, whatever stands beside it."""

WHOLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "es": "fulano|fulana|mengano|mengana|zutano|zutana|ninguno|ninguna|reservado|reservada|confidencial|testigo protegido"
        "|testigo protegida|s d|s n|sd|sn",
        "pt": "sicrano|sicrana|nenhum|nenhuma|n c",
        "en": "n|n n|n a|na|n k|x x|x x x|none|null|idem",
        "fr": "n d|nd|neant|aucun|aucune",
    }
)
"""Nobody's if a field holds nothing else: elsewhere they are initials, or somebody's name or part of it."""

BESIDE: Final = frozenset(
    {"a", "be", "por", "se", "sin", "to", "given", "first", "last", "second", "primer", "primeiro", "segundo"}
    | {"nombre", "nombres", "apellido", "apellidos", "nome", "nomes", "sobrenome", "name", "names", "surname"}
    | {"nom", "noms", "prenom", "prenoms", "identidad", "identidade", "identite", "identity"}
    | {"persona", "pessoa", "person", "personne", "sujeto", "sujeito", "individuo", "individual", "individu"}
    | {"hombre", "mujer", "homem", "mulher", "homme", "femme", "man", "woman", "male", "female"}
    | {"masculino", "masculina", "femenino", "femenina", "feminino"}
)
"""What is said of somebody unnamed goes with the words above: "segundo apellido desconocido", "NN masculino"."""

PEOPLE: Final = ("john doe", "jane doe", "juan nadie", "joao ninguem")
"""Whole names that courts and police give to whoever has none; each of their words is also somebody's name."""

# "NN" is nomen nescio, "XX" and "ZZZ" are what forms are filled with that take no empty field.
_FILLERS: Final = r"n{2,}|x{2,}|([a-z])\1{2,}"


def _phrases(by_language: Mapping[str, str]) -> frozenset[str]:
    return frozenset(phrase for phrases in by_language.values() for phrase in phrases.split("|"))


_WHOLE: Final = _phrases(WHOLE) | frozenset(PEOPLE)
_ANY: Final = re.compile(rf"(?<![a-z])(?:{_FILLERS}|{'|'.join(sorted(_phrases(ANYWHERE), key=len, reverse=True))})(?![a-z])")
_NAMES: Final = frozenset(frozenset(name.split()) for name in PEOPLE)


def without_placeholders(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words of one field that are a name; none where it says that nobody knows it."""
    text = " ".join(words)
    if text in _WHOLE:
        return ()
    known = _ANY.sub(" ", text)
    if known == text:
        return words
    rest = tuple(word for word in known.split() if word not in BESIDE)
    # What stood on both sides of a phrase may be one itself, now that they meet.
    return without_placeholders(rest)


def is_nobodys(given: tuple[str, ...], surnames: tuple[str, ...]) -> bool:
    """Whether two fields together are one of `PEOPLE`, in either order."""
    return len(given) == len(surnames) == 1 and frozenset((*given, *surnames)) in _NAMES
