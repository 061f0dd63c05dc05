"""The store's errors: what is wrong with the store, and nothing of what was in it."""

import pytest
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from node.store.errors import NotStorable, StoreUnavailable, StoreUnusable, Unusable, told

SAID = "Key (mark)=(an invented secret) already exists."


def driver_error(kind: type[DBAPIError], text: str = SAID) -> DBAPIError:
    return kind("INSERT INTO invented VALUES (?)", None, ValueError(text))


def test_an_unavailable_store_has_a_code_and_an_unusable_one_a_reason_too() -> None:
    assert StoreUnavailable("OperationalError").code == "store_unavailable"
    refused = StoreUnusable(Unusable.NOT_DURABLE)
    assert (refused.code, refused.reason, str(refused)) == ("store_unavailable", "store_not_durable", "store_not_durable")


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, InternalError, DatabaseError])
def test_whatever_the_store_lacks_is_unavailability(kind: type[DBAPIError]) -> None:
    assert isinstance(told(driver_error(kind)), StoreUnavailable)


def test_a_pool_without_a_free_connection_is_unavailability() -> None:
    assert isinstance(told(NoConnectionFree()), StoreUnavailable)


def test_a_value_that_does_not_fit_is_said_to_be_one() -> None:
    refused = told(driver_error(DataError))
    assert isinstance(refused, NotStorable)
    assert refused.code == "not_storable"


@pytest.mark.parametrize("kind", [OperationalError, InterfaceError, InternalError, DatabaseError, DataError, IntegrityError])
def test_no_error_repeats_what_the_driver_said(kind: type[DBAPIError]) -> None:
    assert SAID in str(driver_error(kind))
    assert "secret" not in str(told(driver_error(kind)))


def test_a_broken_rule_of_the_schema_stays_one() -> None:
    assert isinstance(told(driver_error(IntegrityError)), IntegrityError)
