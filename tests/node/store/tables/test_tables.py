"""The tables: what stands openly in a row of national data is a code, a number, a time or a keyed digest."""

import sqlalchemy as sa
from sqlmodel import SQLModel

import node.store.tables
from node.store.tables import CaseIdentifier, CaseNetwork, CaseSubject, Question, QuestionExchange, QuestionLine, QuestionSkip

NATIONAL = (CaseNetwork, CaseSubject, CaseIdentifier, Question, QuestionLine, QuestionExchange, QuestionSkip)
OPEN_TEXT = {
    # keyed digests and ids
    *("digest", "network", "subject", "content_digest", "id", "question_id", "officer_id", "x", "list_id", "manifest"),
    # codes and codes only
    *(
        "category",
        "role",
        "screening",
        "user_screening",
        "registrant_screening",
        "kind",
        "version",
        "description",
        "purpose",
        "basis",
    ),
    *("offence", "urgency", "peers", "doubts", "state"),
}


def test_every_table_is_named_by_the_package() -> None:
    declared = {mapper.class_.__name__ for mapper in SQLModel._sa_registry.mappers}  # the models that exist at all
    assert declared == set(node.store.tables.__all__)


def test_open_text_about_a_case_is_codes_and_digests_and_the_rest_is_sealed() -> None:
    for model in NATIONAL:
        for column in sa.inspect(model).columns:
            if isinstance(column.type, sa.String):
                assert column.name in OPEN_TEXT, f"{model.__name__}.{column.name}"
            if isinstance(column.type, sa.LargeBinary):
                assert column.name.endswith("_sealed"), f"{model.__name__}.{column.name}"
