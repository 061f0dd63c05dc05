"""The page for people in an evidence bundle: what it is about, and how it is checked, in the four languages.

It proves nothing and says so. `deploy/verify_bundle.py` has the same words and refuses any others: a page that said more than
what is proved would be believed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from protocol.authority import Authority
from protocol.vocabulary import Language

_PAGES: Mapping[str, str] = MappingProxyType(
    {
        "es": """\
PAQUETE DE PRUEBA
Intercambio {x}, entre {sender} y {to}. Primer mensaje: {date}. Mensajes: {count}.

Este paquete contiene los mensajes firmados, las entradas de los registros de las dos autoridades con la prueba de que
están en ellos, y el directorio firmado por los Estados miembros que dice qué claves valían entonces.

Esta página no prueba nada por sí sola. Para comprobar el paquete:
1. Obtenga el programa verify_bundle.py de la autoridad nacional o de la Secretaría General, no de quien le dio el paquete.
2. Obtenga de ellas también el SHA-256 de la raíz vigente del directorio.
3. Ejecute: python3 verify_bundle.py --root-sha256 SHA256 --language es PAQUETE
El programa dice qué se sostiene, qué no se sostiene y qué no se puede decir.
""",
        "en": """\
EVIDENCE BUNDLE
Exchange {x}, between {sender} and {to}. First message: {date}. Messages: {count}.

This bundle has the signed messages, the entries of both authorities' logs with the proof that they are in them, and the
directory signed by the member states, which says what keys were valid then.

This page proves nothing by itself. To check the bundle:
1. Get the program verify_bundle.py from the national authority or the General Secretariat, not from who gave you the bundle.
2. Get from them, too, the SHA-256 of the current root of the directory.
3. Run: python3 verify_bundle.py --root-sha256 SHA256 --language en BUNDLE
The program says what holds, what does not hold and what cannot be said.
""",
        "pt": """\
PACOTE DE PROVA
Intercâmbio {x}, entre {sender} e {to}. Primeira mensagem: {date}. Mensagens: {count}.

Este pacote contém as mensagens assinadas, as entradas dos registros das duas autoridades com a prova de que estão neles, e
o diretório assinado pelos Estados membros, que diz quais chaves valiam então.

Esta página não prova nada por si só. Para verificar o pacote:
1. Obtenha o programa verify_bundle.py da autoridade nacional ou da Secretaria-Geral, não de quem lhe deu o pacote.
2. Obtenha delas também o SHA-256 da raiz vigente do diretório.
3. Execute: python3 verify_bundle.py --root-sha256 SHA256 --language pt PACOTE
O programa diz o que se sustenta, o que não se sustenta e o que não se pode dizer.
""",
        "fr": """\
DOSSIER DE PREUVE
Échange {x}, entre {sender} et {to}. Premier message : {date}. Messages : {count}.

Ce dossier contient les messages signés, les entrées des journaux des deux autorités avec la preuve qu'elles y figurent, et
l'annuaire signé par les États membres, qui dit quelles clés étaient valables alors.

Cette page ne prouve rien à elle seule. Pour vérifier le dossier :
1. Obtenez le programme verify_bundle.py de l'autorité nationale ou du Secrétariat général, non de qui vous a remis le dossier.
2. Obtenez d'eux aussi le SHA-256 de la racine en vigueur de l'annuaire.
3. Exécutez : python3 verify_bundle.py --root-sha256 SHA256 --language fr DOSSIER
Le programme dit ce qui tient, ce qui ne tient pas et ce qui ne peut pas être dit.
""",
    }
)


def cover_of(language: Language, *, x: str, sender: Authority, to: Authority, iat: int, count: int) -> bytes:
    """The page about an exchange of `count` messages, the first of them made by `sender` for `to` at `iat` (POSIX seconds)."""
    date = datetime.fromtimestamp(iat, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return _PAGES[language].format(x=x, sender=sender, to=to, date=date, count=count).encode()
