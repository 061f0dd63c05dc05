"""One door to all normalisers, and the version of each.

A version is the number of the rule written here and, where data of a library decides about the canonical form, the
release of that data: two releases can give different keys.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import idna.idnadata
import phonenumbers

from protocol.identifiers import (
    accounts,
    crypto_addresses,
    devices,
    handles,
    national_ids,
    online,
    passports,
    phones,
    tax_ids,
    vehicles,
)
from protocol.identifiers.kinds import Kind
from protocol.identifiers.values import Identifier, RawIdentifier, Reading

_NORMALISERS: Mapping[Kind, Callable[[RawIdentifier], tuple[Reading, ...]]] = MappingProxyType(
    {
        Kind.PHONE: phones.read_phone,
        Kind.PASSPORT: passports.read_passport,
        Kind.NATIONAL_ID: national_ids.read_national_id,
        Kind.TAX_ID_PERSON: tax_ids.read_tax_id,
        Kind.TAX_ID_COMPANY: tax_ids.read_tax_id,
        Kind.IBAN: accounts.read_iban,
        Kind.CBU: accounts.read_cbu,
        Kind.CLABE: accounts.read_clabe,
        Kind.PIX_KEY: accounts.read_pix_key,
        Kind.ACCOUNT_OTHER: accounts.read_account_other,
        Kind.PAYMENT_CARD: accounts.read_payment_card,
        Kind.CRYPTO_ADDRESS: crypto_addresses.read_crypto_address,
        Kind.IMEI: devices.read_imei,
        Kind.IMSI: devices.read_imsi,
        Kind.MAC: devices.read_mac,
        Kind.EMAIL: online.read_email,
        Kind.SOCIAL_HANDLE: handles.read_handle,
        Kind.URL: online.read_url,
        Kind.DOMAIN: online.read_domain,
        Kind.IP: online.read_ip,
        Kind.VEHICLE_PLATE: vehicles.read_plate,
        Kind.VIN: vehicles.read_vin,
        Kind.IMO: vehicles.read_imo,
        Kind.AIRCRAFT_REG: vehicles.read_aircraft_reg,
        Kind.CONTAINER: vehicles.read_container,
    }
)

# phonenumbers: its numbering plans. idna: its Unicode tables, which map the letters of a domain name.
_DATA_RELEASES: Mapping[Kind, str] = {
    Kind.PHONE: phonenumbers.__version__,
    Kind.EMAIL: idna.idnadata.__version__,
    Kind.URL: idna.idnadata.__version__,
    Kind.DOMAIN: idna.idnadata.__version__,
}
_RULE_NUMBERS: Mapping[Kind, int] = dict.fromkeys(Kind, 1)

NORMALISER_VERSIONS: Mapping[Kind, str] = MappingProxyType(
    {
        kind: f"{kind.value}-{number}" + (f"+{_DATA_RELEASES[kind]}" if kind in _DATA_RELEASES else "")
        for kind, number in _RULE_NUMBERS.items()
    }
)


def normalise(raw: RawIdentifier) -> tuple[Identifier, ...]:
    """The main form, then alternative keys under which the same thing may have been recorded elsewhere.

    Both who publishes and who asks uses all of them. An alternative may be of another kind: the national identity
    number inside a tax number. The canonical form alone, as a value of its kind, gives the same main form again.
    Raises `NotNormalisable`.
    """
    return tuple(
        Identifier(reading.kind, NORMALISER_VERSIONS[reading.kind], reading.canonical, reading.doubts)
        for reading in _NORMALISERS[raw.kind](raw)
    )
