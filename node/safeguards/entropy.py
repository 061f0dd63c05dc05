"""Values that say too little: whoever asks about one, or lists one, meets everybody. Refused before anything is blinded.

A hotline, an office's mailbox, a private address or `11111111` in a form stands in thousands of case files that have nothing to
do with each other. Listed, it would give a hit to each; asked, it would be an accusation of nobody. Of people, no key is made of
a given name, a surname or a birth date alone (`protocol/names/keys.py`).
"""

from ipaddress import ip_address

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType

from protocol.identifiers import Kind

_SHARED_NUMBERS = frozenset(
    {PhoneNumberType.TOLL_FREE, PhoneNumberType.SHARED_COST, PhoneNumberType.UAN, PhoneNumberType.VOICEMAIL}
)
"""Lines that a whole country calls. Premium-rate lines are not among them: somebody earns by each."""
_OF_AN_OFFICE = frozenset(
    {
        *("abuse", "admin", "administracion", "administracao", "administration", "ayuda", "ajuda", "aide", "bonjour", "contact"),
        *("contacto", "contato", "correo", "correio", "hello", "help", "hola", "hostmaster", "hr", "info", "informacion"),
        *("informacao", "informations", "mail", "marketing", "noreply", "no-reply", "office", "oficina", "ola", "pedidos"),
        *("postmaster", "prensa", "press", "recepcion", "recepcao", "reception", "reservas", "reservation", "reservations"),
        *("rh", "rrhh", "sales", "secretaria", "soporte", "suporte", "support", "vendas", "ventas", "vente", "ventes", "web"),
        "webmaster",
    }
)
_OF_EVERYBODY = frozenset(
    {
        *("aol.com", "facebook.com", "gmail.com", "google.com", "googlemail.com", "hotmail.com", "icloud.com", "instagram.com"),
        *("live.com", "mercadolibre.com", "msn.com", "outlook.com", "proton.me", "protonmail.com", "t.me", "telegram.org"),
        *("tiktok.com", "twitter.com", "uol.com.br", "wa.me", "whatsapp.com", "x.com", "yahoo.com", "yahoo.com.br", "yahoo.es"),
        "youtube.com",
    }
)
"""Domains that millions use. A profile or an advertisement on one of them is a handle or a URL, and can be asked about."""
_NUMBERED = frozenset({Kind.PASSPORT, Kind.NATIONAL_ID, Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY, Kind.ACCOUNT_OTHER, Kind.IMEI})
_COUNTED = "1234567890" * 3
_SHORTEST, _SUBSCRIBER = 5, 7
_FILLED_WITH = tuple(digit * _SUBSCRIBER for digit in "019")
"""What empty telephone fields are filled with; other digits seven times over are numbers that somebody has paid for."""


def is_too_common(kind: Kind, canonical: str) -> bool:
    """Whether a canonical form stands for anybody: a placeholder, a line or mailbox of an office, an address that many have.

    What a release before this one has made, and this one cannot read, is not judged.
    """
    if kind is Kind.PHONE:
        return _is_shared_line(canonical)
    if kind is Kind.EMAIL:
        return canonical.partition("@")[0] in _OF_AN_OFFICE
    if kind is Kind.IP:
        return _is_shared_address(canonical)
    if kind is Kind.DOMAIN:
        return canonical.removeprefix("www.") in _OF_EVERYBODY
    return kind in _NUMBERED and _is_filler(canonical)


def _is_shared_line(e164: str) -> bool:
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return False
    subscriber = phonenumbers.national_significant_number(number)[-_SUBSCRIBER:]
    return subscriber in (*_FILLED_WITH, _COUNTED[:_SUBSCRIBER]) or phonenumbers.number_type(number) in _SHARED_NUMBERS


def _is_shared_address(text: str) -> bool:
    try:
        return not ip_address(text).is_global
    except ValueError:
        return False


def _is_filler(canonical: str) -> bool:
    """Whether the number, behind its state and bank, is one digit throughout, or counts 1, 2, 3."""
    number = canonical.rpartition(":")[2]
    if not number.isdigit() or len(number) < _SHORTEST:
        return False
    return len(set(number)) == 1 or number == _COUNTED[: len(number)]
