"""Names of countries and subdivisions in the officer's language, from the ISO lists and translations that pycountry carries."""

import gettext
from collections.abc import Mapping
from functools import cache

import pycountry

from protocol.vocabulary import Language

_LOCALES = {Language.ES: "es", Language.PT: "pt_BR", Language.FR: "fr"}


def country_name(code: str, language: Language) -> str:
    """The short name of a country (ISO 3166-1 alpha-2); the code itself for one that the list does not have."""
    name = _countries().get(code)
    return code if name is None else _translated(name, "iso3166-1", language)


def subdivision_name(code: str, language: Language) -> str:
    """The name of a first-level subdivision (ISO 3166-2), or the code."""
    name = _subdivisions().get(code)
    return code if name is None else _translated(name, "iso3166-2", language)


@cache
def _countries() -> Mapping[str, str]:
    """The list's formal names are kept for those that have no common one: "Bolivia", not "Bolivia, Plurinational State of"."""
    return {each.alpha_2: str(getattr(each, "common_name", each.name)) for each in pycountry.countries}


@cache
def _subdivisions() -> Mapping[str, str]:
    return {each.code: str(each.name) for each in pycountry.subdivisions}


def _translated(name: str, domain: str, language: Language) -> str:
    return _translation(domain, language).gettext(name)


@cache
def _translation(domain: str, language: Language) -> gettext.NullTranslations:
    if language not in _LOCALES:
        return gettext.NullTranslations()
    return gettext.translation(domain, pycountry.LOCALES_DIR, languages=[_LOCALES[language]])
