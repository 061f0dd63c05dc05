"""One telephone number in the ways in which officers, contact lists and messengers write it. All numbers are invented.

The numbers are the examples of phonenumbers' own data, which no subscriber of the state has been given on purpose.
"""

from collections.abc import Iterator

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumber, PhoneNumberFormat

_TYPES = (
    *("fixed_line", "mobile", "toll_free", "premium_rate", "shared_cost"),
    *("personal_number", "voip", "pager", "uan", "voicemail"),
)
_FULL_WIDTH = str.maketrans("0123456789+", "０１２３４５６７８９＋")


def examples(region: str) -> Iterator[PhoneNumber]:
    """Every example of every type of number in the region's data."""
    metadata = PhoneMetadata.metadata_for_region(region)
    assert metadata is not None
    for name in _TYPES:
        described = getattr(metadata, name)
        if described is not None and described.example_number:
            yield phonenumbers.parse(described.example_number, region)


def subscriber(region: str, kind: int) -> PhoneNumber:
    """A fixed line or a mobile of the region."""
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    return number


def _grouped(digits: str, separator: str, size: int) -> str:
    return separator.join(digits[i : i + size] for i in range(0, len(digits), size))


def writings(number: PhoneNumber, region: str) -> list[tuple[str, str | None]]:
    """(what is written, the country in which): more than forty of the same subscriber."""
    code, national = str(number.country_code), phonenumbers.national_significant_number(number)
    digits = code + national
    international = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    at_home = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    abroad = [
        f"+{digits}",
        international,
        f"+{code}{national}",
        f"+ {code} {national}",
        f"(+{code}) {national}",
        f"+({code}){national}",
        f"[+{code}] {national}",
        f"+{code} (0) {national}",
        f"+{code}-{_grouped(national, '-', 3)}",
        f"+{code}.{_grouped(national, '.', 2)}",
        f"+{code}\u2013{_grouped(national, chr(0x2011), 4)}",
        f"+{code}\u00a0{_grouped(national, chr(0x202F), 3)}",
        f"+{code}·{_grouped(national, '·', 3)}",
        f"+{code}_{_grouped(national, '_', 3)}",
        f"+{_grouped(digits, ' ', 1)}",
        f"\u202a+{digits}\u202c",
        f"\u200e+{_grouped(digits, chr(0x200B), 4)}\u200f",
        f"\ufeff+{_grouped(digits, chr(0x2060), 2)}",
        f"+{digits}".translate(_FULL_WIDTH),
        f"  +{digits}\t",
        f"00{digits}",
        f"00 {code} {_grouped(national, ' ', 3)}",
        f"011 {code} {national}",
        f"tel:+{digits}",
        f"tel:+{code}-{national};phone-context=example.com",
        f"tel:{national};phone-context=+{code}",
        f"tel;type=cell:+{digits}",
        f"TEL;TYPE=CELL,VOICE;VALUE=uri:tel:+{digits}",
        f"item1.TEL;waid={digits}:{international}",
        f"sms:+{digits}?body=hola",
        f"smsto:+{digits}",
        f"callto:+{digits}",
        f"skype:+{digits}?call",
        f"https://wa.me/{digits}",
        f"wa.me/+{digits}?text=hola",
        f"https://api.whatsapp.com/send?phone={digits}&text=hola",
        f"https://web.whatsapp.com/send/?type=phone_number&phone=%2B{digits}",
        f"whatsapp://send?phone={digits}",
        f"{digits}@s.whatsapp.net",
        f"{digits}@c.us",
        f"https://t.me/+{digits}",
        f"tg://resolve?phone={digits}",
        f"https://signal.me/#p/+{digits}",
        f"viber://chat?number=%2B{digits}",
        f"WhatsApp: +{digits}",
        f"Tel. {international}",
        f"Cel: +{digits}",
        f"☎ +{digits}",
        f'="+{digits}"',
        f"+{digits};",
        f"+{digits} ext. 12",
        f"+{digits}, 12",
        f"tel:+{digits};ext=12",
        f"+{digits} ramal 12",
        f"+{digits} anexo 12",
        f"+{digits} #12",
    ]
    home = [
        at_home,
        at_home.replace("-", " "),
        at_home.replace("-", "."),
        at_home.translate(_FULL_WIDTH),
        "".join(c for c in at_home if c.isdigit()),
        f"Celular {at_home}",
        f"Tel.: {at_home}",
        f"'{at_home}",
        f"{at_home} x12",
        f"\u202d{at_home}\u202c",
    ]
    return [(text, None) for text in abroad] + [(text, region) for text in home + abroad[:1]]
