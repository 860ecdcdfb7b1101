"""Errors over HTTP: RFC 9457 problem documents, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zkproof.errors import DecodeError, PolicyError, ZkProofError

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """What a client is told. ``code`` is stable, ``detail`` is for people."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers, self.more = headers, more

    def response(self) -> JSONResponse:
        body = {"type": f"urn:zkproof:{self.code}", "title": self.code, "status": self.status}
        body |= {"detail": self.detail, **self.more}
        return JSONResponse(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def problem_of(error: ZkProofError) -> Problem:
    """What a client is told of an error in what it sent: field or place, rule, hint."""
    more: dict[str, Any] = {} if error.hint is None else {"hint": error.hint}
    if isinstance(error, DecodeError):
        return Problem(422, "malformed", error.message, field=error.field, **more)
    if isinstance(error, PolicyError):
        if error.line is not None:
            more |= {"line": error.line, "column": error.column}
        return Problem(422, "policy", error.message, field="policy", **more)
    return Problem(422, "unacceptable", error.message, **more)


def install(app: FastAPI) -> None:
    """Answer every error a client can cause with a problem document.

    What nobody expected is caught further out, by `zkproof_server.logs.Record`.
    """

    @app.exception_handler(Problem)
    async def known(_: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(ZkProofError)
    async def ours(_: Request, error: ZkProofError) -> JSONResponse:
        return problem_of(error).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # Place and rule only: pydantic's own report repeats what was sent.
        fields = [
            {"field": ".".join(str(part) for part in each["loc"]), "rule": each["msg"]}
            for each in error.errors()
        ]
        detail = f"{fields[0]['field']}: {fields[0]['rule']}"
        return Problem(422, "invalid-input", detail, fields=fields).response()

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, str(error.detail), headers=error.headers).response()
