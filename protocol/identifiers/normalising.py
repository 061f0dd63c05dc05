"""One door to all normalisers, and the version of each.

A version is the number of the rule written here and, where data of a library decides about the canonical form, the
release of that data: two releases can give different keys.
"""

from collections.abc import Mapping
from types import MappingProxyType

from protocol.identifiers import (
    account_other,
    aircraft_reg,
    cbu,
    clabe,
    container,
    crypto_address,
    domain,
    email,
    iban,
    imei,
    imo,
    imsi,
    ip,
    mac,
    national_id,
    passport,
    payment_card,
    phone,
    pix_key,
    social_handle,
    tax_id_company,
    tax_id_person,
    url,
    vehicle_plate,
    vin,
)
from protocol.identifiers.kinds import Kind
from protocol.identifiers.rule import Rule
from protocol.identifiers.values import Identifier, RawIdentifier

RULES: Mapping[Kind, Rule] = MappingProxyType(
    {
        rule.kind: rule
        for rule in (
            phone.RULE,
            passport.RULE,
            national_id.RULE,
            tax_id_person.RULE,
            tax_id_company.RULE,
            iban.RULE,
            cbu.RULE,
            clabe.RULE,
            pix_key.RULE,
            account_other.RULE,
            payment_card.RULE,
            crypto_address.RULE,
            imei.RULE,
            imsi.RULE,
            mac.RULE,
            email.RULE,
            social_handle.RULE,
            url.RULE,
            domain.RULE,
            ip.RULE,
            vehicle_plate.RULE,
            vin.RULE,
            imo.RULE,
            aircraft_reg.RULE,
            container.RULE,
        )
    }
)

NORMALISER_VERSIONS: Mapping[Kind, str] = MappingProxyType({kind: rule.version for kind, rule in RULES.items()})


def normalise(raw: RawIdentifier) -> tuple[Identifier, ...]:
    """The main form, then alternative keys under which the same thing may have been recorded elsewhere.

    Both who publishes and who asks uses all of them. An alternative may be of another kind: the national identity
    number inside a tax number. So may the main form, of a PIX key that is a phone, an e-mail address or a tax number.
    The canonical form alone, as a value of its kind, gives the same main form again.
    Raises `NotNormalisable`.
    """
    return tuple(
        Identifier(reading.kind, NORMALISER_VERSIONS[reading.kind], reading.canonical, reading.doubts)
        for reading in RULES[raw.kind].read(raw)
    )
