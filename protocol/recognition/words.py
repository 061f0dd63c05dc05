"""Words that officers write before a value or over a column, in Spanish, English, Portuguese and French, and what they name.

A word stands here as `folded` gives it: lower case, without accents. A phrase has single spaces.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from protocol.identifiers import Kind
from protocol.vocabulary import Language, code_lists

_TAX = (Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY)


@dataclass(frozen=True, slots=True)
class Word:
    """What a word says of the value after it.

    `kinds`: one of these. `country`: whose document bears this name, None where several states use it. `platform`: of a handle.
    `names` is False for a word that also means other things, or that only often goes with such values.
    """

    kinds: tuple[Kind, ...]
    country: str | None = None
    platform: str | None = None
    names: bool = True

    @property
    def kind(self) -> Kind | None:
        """The only kind that it can be, None if there are several.

        Any word for accounts will do for one: the reader of other accounts passes on what has a kind of its own.
        """
        return self.kinds[0] if len(self.kinds) == 1 or self.kinds[0] is Kind.ACCOUNT_OTHER else None


def folded(text: str) -> str:
    """Lower case without accents: keyboards and exports lose them."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def set_of(words: str) -> frozenset[str]:
    """Words with blanks between them."""
    return frozenset(words.split())


_NAMING: Mapping[Kind, str] = {
    Kind.PHONE: "celular|celulares|cel|movil|moviles|telefono|telefonos|telf|tfno|tlf|tlfno|tel|tels|fono|fonos|linea|abonado"
    "|whatsapp|whatsap|wsp|wpp|wapp|wa|zap|phone|phones|mobile|cell|cell phone|cellphone|telephone|tph|landline|telefone"
    "|telefones|fone|fones|zapzap|telemovel|portable|gsm|msisdn|numero de telefono|numero de celular|numero de telefone"
    "|numero celular|phone number|mobile number|numero de telephone|signal|viber|telefono fijo|telephones|mobiles",
    Kind.PASSPORT: "pasaporte|pasaportes|passport|passports|passaporte|passaportes|passeport|passeports|passport number",
    Kind.NATIONAL_ID: "cedula|cedulas|cedula de ciudadania|cedula de identidad|cedula de identidade|ci|dni|dnis"
    "|documento nacional"
    "|national id|identity card|id card|identity number|carte d'identite|carte nationale|carteira de identidade"
    "|tarjeta de identidad"
    "|cedula de extranjeria|carne de extranjeria|ce|ti|registro civil|nuip|cin|rg|documento de identidad"
    "|documento de identidade|numero d'identite",
    Kind.TAX_ID_COMPANY: "company tax number|ruc de la empresa|nit de la empresa",
    Kind.TAX_ID_PERSON: "personal tax number",
    Kind.IBAN: "iban",
    Kind.PIX_KEY: "pix|chave pix|clave pix|pix key|cle pix|chave aleatoria",
    Kind.ACCOUNT_OTHER: "cuenta bancaria|cuenta corriente|cuenta de ahorros|caja de ahorro|numero de cuenta|bank account"
    "|account number"
    "|account no|acct|conta bancaria|conta corrente|conta poupanca|numero da conta|compte bancaire|numero de compte|cta"
    "|cta cte",
    Kind.PAYMENT_CARD: "tarjeta de credito|tarjeta de debito|tarjeta bancaria|credit card|debit card|payment card|card number"
    "|cartao de credito|cartao de debito|carte de credit|carte bancaire|carte de debit|visa|mastercard|amex|maestro|cartao",
    Kind.CRYPTO_ADDRESS: "wallet|billetera|monedero|carteira cripto|portefeuille|btc|bitcoin|eth|ethereum|usdt|tron|trx"
    "|litecoin|ltc"
    "|dogecoin|direccion de criptoactivo|crypto address|endereco de criptoativo|adresse crypto|cripto|crypto",
    Kind.IMEI: "imei|imeis|imeisv",
    Kind.IMSI: "imsi|imsis",
    Kind.MAC: "mac|mac address|direccion mac|endereco mac|adresse mac|bssid",
    Kind.EMAIL: "correo|correos|correo electronico|e-mail|email|emails|mail|e-mails|courriel|courriels|adresse courriel|correio"
    "|correio eletronico|mailto",
    Kind.URL: "url|enlace|link|pagina web|lien|sitio web|website",
    Kind.DOMAIN: "dominio|domain|domaine",
    Kind.IP: "ip|direccion ip|ip address|endereco ip|adresse ip|ipv4|ipv6",
    Kind.VEHICLE_PLATE: "placa|placas|patente|patentes|dominio automotor|matricula|chapa|plate|plates|licence plate"
    "|license plate"
    "|number plate|tag number|plaque|plaques|plaque d'immatriculation|immatriculation|placa do veiculo|emplacamento"
    "|placa vehicular"
    "|registration plate",
    Kind.VIN: "vin|chasis|chassi|chassis|numero de chasis|numero de chassis|niv|numero de serie del vehiculo",
    Kind.IMO: "imo|numero imo|imo number",
    Kind.AIRCRAFT_REG: "matricula de aeronave|aeronave|aircraft|tail number|prefixo|aircraft registration"
    "|immatriculation aeronef|avion"
    "|aviao|avioneta|aeronef",
    Kind.CONTAINER: "contenedor|contenedores|container|containers|conteiner|conteineres|conteneur|conteneurs",
}
_NATIONAL_DOCUMENTS: Mapping[tuple[Kind, ...], Mapping[str, str | None]] = {
    (Kind.CBU,): {"cbu": "AR", "cvu": "AR"},
    (Kind.CLABE,): {"clabe": "MX", "cuenta clabe": "MX", "clabe interbancaria": "MX"},
    (Kind.TAX_ID_PERSON,): {"cpf": "BR", "cuil": "AR", "ssn itin": "US", "itin": "US"},
    (Kind.TAX_ID_COMPANY,): {"cnpj": "BR", "ein": "US", "rnc": "DO", "bn": "CA", "cedula juridica": "CR"},
    (Kind.NATIONAL_ID,): {
        "curp": "MX",
        "dui": "SV",
        "dpi": "GT",
        "cui": "GT",
        "ssn": "US",
        "social security number": "US",
        "sin": "CA",
        "nas": "CA",
        "ninu": "HT",
        "dimex": "CR",
        "run": "CL",
        "trn": "JM",
        "cc": None,
        "ppt": "CO",
    },
    _TAX: {
        "cuit": "AR",
        "cuit/cuil": "AR",
        "rfc": "MX",
        "rif": "VE",
        "rtn": "HN",
        "ruc": None,
        "nit": None,
        "tax id": None,
        "tin": None,
        "numero de contribuyente": None,
        "numero fiscal": None,
    },
    (Kind.TAX_ID_PERSON, Kind.TAX_ID_COMPANY, Kind.NATIONAL_ID): {"rut": None, "nif": None},
}
"""Kinds -> name of the document and whose it is. A tax number is a person's or a company's: its form says, or nothing does."""

_PLATFORMS: Mapping[str, str] = {
    "facebook": "facebook|fb|face",
    "instagram": "instagram|ig|insta",
    "tiktok": "tiktok|tik tok|tt",
    "x": "twitter",
    "telegram": "telegram|tg",
    "snapchat": "snapchat|snap",
    "youtube": "youtube|yt",
    "threads": "threads",
    "linkedin": "linkedin",
    "onlyfans": "onlyfans",
    "reddit": "reddit",
    "twitch": "twitch",
    "discord": "discord",
    "kik": "kik",
    "skype": "skype",
}
_HINTING: Mapping[tuple[Kind, ...], str] = {
    (
        Kind.PHONE,
    ): "llamar|llamo|llamadas|llamada|llame|contacto|contactar|contact|call|calls|called|ligar|ligou|chamada|contato|appel"
    "|appels|appeler|appele|mensaje|mensajes|sms|texto|message|messages|mensagem|mensagens|contacter",
    (
        Kind.VEHICLE_PLATE,
    ): "vehiculo|vehiculos|auto|carro|coche|camioneta|moto|motocicleta|camion|bus|taxi|vehicle|car|truck|van|pickup"
    "|motorcycle|veiculo|carro|caminhao|onibus|motocicleta|vehicule|voiture|camion|camionnette",
    (Kind.NATIONAL_ID, Kind.PASSPORT): "documento|documentos|doc|id|identificacion|identificado|identificada|document|identidad"
    "|identidade|identificacao|identification|papiers|papeles",
    (Kind.ACCOUNT_OTHER, Kind.CBU, Kind.CLABE, Kind.IBAN, Kind.PIX_KEY): "cuenta|cuentas|account|conta|contas|compte|comptes"
    "|deposito|transferencia|transfer|virement|deposit|banco|bank|banque",
    (Kind.PAYMENT_CARD,): "tarjeta|tarjetas|card|cards|carte|cartoes",
    (
        Kind.SOCIAL_HANDLE,
    ): "usuario|usuaria|perfil|user|username|handle|profile|usuario de red social|red social|rede social|profil"
    "|utilisateur|pseudo|reseau social|social media|alias|apodo|nickname",
    (Kind.IMEI, Kind.IMSI, Kind.MAC): "equipo|aparato|dispositivo|device|handset|aparelho|appareil",
    (Kind.AIRCRAFT_REG, Kind.VEHICLE_PLATE): "registro|registration|matriculas",
    (Kind.CONTAINER, Kind.IMO): "buque|barco|ship|vessel|navio|navire|bateau|carga|cargo",
}


PLATFORM_NAMES = tuple(name for names in _PLATFORMS.values() for name in names.split("|"))
"""What officers call the platforms."""


def _bare(text: str) -> str:
    return " ".join(text.replace(".", "").replace("_", " ").split()).strip(" :=#-*'\"()[]º°")


def _gathered() -> Mapping[str, Word]:
    words: dict[str, Word] = {}
    for kinds, hinting in _HINTING.items():
        words |= {word: Word(kinds, names=False) for word in hinting.split("|")}
    # What the vocabulary calls a kind names it in every language.
    entries = code_lists()["identifier_kind"]
    of_kinds = {kind: Word((kind,), _NATIONAL_DOCUMENTS.get((kind,), {}).get(kind.value)) for kind in Kind}
    words |= {folded(_bare(str(entries[kind][language.value]))): of_kinds[kind] for language in Language for kind in Kind}
    words |= {_bare(kind.value): word for kind, word in of_kinds.items()}
    for kind, naming in _NAMING.items():
        words |= {word: Word((kind,)) for word in naming.split("|")}
    for kinds, documents in _NATIONAL_DOCUMENTS.items():
        words |= {word: Word(kinds, country) for word, country in documents.items()}
    for platform, names in _PLATFORMS.items():
        words |= {word: Word((Kind.SOCIAL_HANDLE,), platform=platform) for word in names.split("|")}
    return MappingProxyType(words)


WORDS = _gathered()
LONGEST_PHRASE = max(word.count(" ") + 1 for word in WORDS)
"""Words of the longest phrase."""

FILLERS = set_of(
    "° º n no nro num numero nos nros numeros number nr num° # es e é is est sao son the o a el la los las le les l os as "
    "de del do da du of con com with avec y and et ou or u su seu sua son sa his her en em in au al actual registrado "
    "registrada dice"
)
"""Words that may stand between a naming word and its value: "placa n.º ABC 123", "celular es 300…"."""

JOINERS = set_of("y e and et o ou or u & / , ; - + e/o y/o and/or et/ou")
"""What stands between two values of one list: "celulares 300… y 310…"."""


_ONLY_IN_CAPITALS = set_of("sin nas run tin bn cin eth id ce ti x tt ppt zap wa")
"""Abbreviations that are ordinary words when written small."""

SETS_ASIDE = set_of(
    "acta affaire apt apto art article articulo articulos artigo av avenida boletim boleto calle carpeta carrera case caso "
    "causa cep chambre cp decree decreto dossier exp expediente expedientes file flight foja fojas folio folios habitacion "
    "highway inciso inquerito kilometre kilometro km law legajo lei ley loi mile motor numeral nunc oficio pag page pagina "
    "paragraph parrafo piso postal proceso processo quarto radicado resolucao resolucion room rota route rua rue ruta "
    "seccion section spoa statute street sumario ticket turno vol voo vuelo zip"
)
"""Words whose numbers are of papers and places: what follows is no identifier, whatever its form."""


def named(text: str) -> Word | None:
    """What a word or phrase names, None if it is none of ours. Dots, and what stands around a word, do not count."""
    bare = _bare(text)
    plain = folded(bare)
    return None if plain in _ONLY_IN_CAPITALS and not bare.isupper() else WORDS.get(plain)
