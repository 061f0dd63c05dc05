"""The program against a small real server: the national API's own app and problem documents, with invented answers behind it.

All people, networks, numbers and offices are invented.
"""

import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from node.cli.app import run

TOKEN = "celosia_invented-token"
"""Looks like a token and opens nothing."""


@dataclass(frozen=True)
class Result:
    """What a call of the program left behind."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that a reader sees, its line breaks as spaces: where a line breaks depends on the terminal."""
        return " ".join((self.out + self.err).split())


@dataclass(frozen=True)
class Received:
    """A request as the server got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Node:
    """A national API that answers what a test told it to. A list of answers is given one by one; its last stays."""

    url: str
    answers: dict[str, list[Any]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)

    def says(self, request: str, *answers: Any) -> None:
        """From now on, `GET /v1/me` and the like get these answers: models, None for no content, or errors of ours to raise."""
        self.answers[request] = list(answers)

    def answer(self, request: str) -> Any:
        """The answer that is due."""
        known = self.answers[request]
        return known.pop(0) if len(known) > 1 else known[0]


class Program:
    """Calls the program as a shell would, against the node."""

    def __init__(self, url: str) -> None:
        self.environment = {"CELOSIA_URL": url, "CELOSIA_TOKEN": TOKEN}

    def __call__(self, *argv: str, **environment: str) -> Result:
        """One call. Keyword arguments are environment variables."""
        out, err = io.StringIO(), io.StringIO()
        width = {"COLUMNS": os.environ["COLUMNS"]} if "COLUMNS" in os.environ else {}
        code = run(argv, {**width, **self.environment, **environment}, out, err)
        return Result(code, out.getvalue(), err.getvalue())


def router(node: Node) -> APIRouter:
    routes = APIRouter()

    @routes.api_route("/v1/{path:path}", methods=["GET", "POST", "DELETE"])
    async def anything(request: Request, path: str) -> Response:
        target = "/v1/" + path + (f"?{request.url.query}" if request.url.query else "")
        node.received.append(Received(request.method, target, dict(request.headers), await request.body()))
        answer = node.answer(f"{request.method} {target}")
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Response):
            return answer
        return Response(status_code=204) if answer is None else JSONResponse(jsonable_encoder(answer))

    return routes


def says(result: Result, text: str) -> bool:
    """Whether it stands there, wherever its lines break, in words or between them."""
    return "".join(text.split()) in "".join(result.text.split())


def shown(celosia: Program) -> dict[str, dict[str, object]]:
    """What `celosia keys show` says of each file."""
    result = celosia("keys", "show", "--json")
    assert result.code == 0, result.text
    return {row["file"]: row for row in json.loads(result.out)}
