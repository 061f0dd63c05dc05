"""The kinds of identifier that can be matched."""

from enum import StrEnum


class Kind(StrEnum):
    """One code of the vocabulary's `identifier_kind` list.

    `name_dob` has keys of its own (`protocol/names`) and `address` is recorded but not matched, so neither is here.
    """

    PHONE = "phone"
    PASSPORT = "passport"
    NATIONAL_ID = "national_id"
    TAX_ID_PERSON = "tax_id_person"
    TAX_ID_COMPANY = "tax_id_company"
    IBAN = "iban"
    CBU = "cbu"
    CLABE = "clabe"
    PIX_KEY = "pix_key"
    ACCOUNT_OTHER = "account_other"
    PAYMENT_CARD = "payment_card"
    CRYPTO_ADDRESS = "crypto_address"
    IMEI = "imei"
    IMSI = "imsi"
    MAC = "mac"
    EMAIL = "email"
    SOCIAL_HANDLE = "social_handle"
    URL = "url"
    DOMAIN = "domain"
    IP = "ip"
    VEHICLE_PLATE = "vehicle_plate"
    VIN = "vin"
    IMO = "imo"
    AIRCRAFT_REG = "aircraft_reg"
    CONTAINER = "container"
