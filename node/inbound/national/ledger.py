"""The leakage ledger in the reader's language: codes and numbers for programs, sentences for people."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from node.flows.keep_officers import KeepOfficers
from node.flows.ledger_statements import Fact, Statement
from node.flows.tell_ledger import TellLedger, ToldExchange
from node.inbound.national.guards import in_role
from node.inbound.national.oversight_models import ExchangeTold, StatementShown
from node.language import preferred, say
from node.officers import Overseer
from protocol.vocabulary import Language, code_lists

_LISTS: Mapping[str, str] = MappingProxyType(
    {
        "purpose": "request_purpose",
        "basis": "legal_basis",
        "offence": "offence",
        "urgency": "urgency",
        "kind": "record_kind",
        "handling": "handling_code",
        "tlp": "tlp",
    }
)
"""Fact of a statement -> the vocabulary's list that words its codes, one or several, separated by spaces."""


def routes(officers: KeepOfficers, ledger: TellLedger) -> APIRouter:
    """GET /v1/exchanges/{name}/ledger."""
    router = APIRouter(prefix="/v1/exchanges", tags=["ledger"])
    AnOverseer = Annotated[Overseer, Depends(in_role(officers, Overseer))]  # noqa: N806  a type

    @router.get("/{name}/ledger", summary="What each side learnt of an exchange, and what it could infer")
    def get_ledger(officer: AnOverseer, name: str, request: Request) -> list[ExchangeTold]:
        language = preferred(request.headers.get("Accept-Language"))
        return [_exchange(each, language) for each in ledger.tell(officer, name)]

    return router


def _exchange(exchange: ToldExchange, language: Language) -> ExchangeTold:
    told = exchange.told
    return ExchangeTold.model_validate(
        {
            **{"x": exchange.x, "peer": str(exchange.peer), "direction": exchange.direction, "type": exchange.type},
            **{"began": exchange.began, "answered": exchange.answered},
            **{"we_learnt": _statements(told.we_learnt, language), "they_learnt": _statements(told.they_learnt, language)},
            "we_may_infer": _statements(told.we_may_infer, language),
            "they_may_infer": _statements(told.they_may_infer, language),
        }
    )


def _statements(statements: Sequence[Statement], language: Language) -> list[StatementShown]:
    return [
        StatementShown(
            code=each.code,
            facts=dict(each.facts),
            text=say(
                language, f"ledger.{each.code}", **{name: _worded(name, fact, language) for name, fact in each.facts.items()}
            ),
        )
        for each in statements
    ]


def _worded(name: str, fact: Fact, language: Language) -> Fact:
    """Codes by their labels; one that this node's vocabulary does not have, as it is."""
    if name not in _LISTS:
        return fact
    known = code_lists()[_LISTS[name]]
    return "; ".join(str(known[code][language.value]) if code in known else code for code in str(fact).split())
