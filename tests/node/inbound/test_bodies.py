"""A body is read to its route's limit and no further."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from node.inbound.bodies import LimitedBodies


def read_through(chunks: list[bytes], path: str = "/") -> tuple[int, int]:
    """How many bytes an app gets of a body in `chunks`, and how many messages were taken from the caller."""
    got, asked = 0, 0
    pending: Iterator[bytes] = iter(chunks)

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        nonlocal got
        for _ in chunks:
            got += len((await receive())["body"])

    async def receive() -> Message:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": next(pending), "more_body": True}

    async def send(_message: Message) -> None:
        raise AssertionError("the app answers nothing here")

    try:
        asyncio.run(LimitedBodies(app, limit=10, by_path={"/large": 100})({"type": "http", "path": path}, receive, send))
    except HTTPException as refused:
        assert refused.status_code == 413
        return -1, asked
    return got, asked


@given(st.lists(st.binary(max_size=6), max_size=8))
def test_a_body_comes_through_whole_up_to_the_limit_and_not_at_all_beyond_it(chunks: list[bytes]) -> None:
    size = sum(map(len, chunks))
    assert read_through(chunks)[0] == (size if size <= 10 else -1)


def test_an_endless_body_is_left_where_it_crosses_the_limit() -> None:
    assert read_through([b"x" * 6] * 1000) == (-1, 2)


@pytest.mark.parametrize(("size", "got"), [(100, 100), (101, -1)])
def test_a_path_may_have_a_limit_of_its_own(size: int, got: int) -> None:
    assert read_through([b"x" * size], "/large")[0] == got
