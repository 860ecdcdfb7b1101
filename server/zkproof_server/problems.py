"""Errors over HTTP: RFC 9457 problem documents, never a traceback."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from zkproof.errors import ConflictError, DecodeError, NotFoundError, PolicyError, ZkProofError

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"


class FieldRule(BaseModel):
    """A field of what was sent, and the rule that it breaks."""

    field: str
    rule: str


class ProblemDocument(BaseModel):
    """An error (RFC 9457). ``code`` is stable, ``title`` says the same in words for every case,
    ``detail`` is about this one.
    """

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    code: str
    hint: str | None = None
    field: str | None = None
    fields: list[FieldRule] | None = None
    line: int | None = None
    column: int | None = None
    state: str | None = None
    """What became of a request that is not open."""


_MEANINGS: Mapping[int, str] = {
    401: "No API key, or one that is not known",
    403: "The API key lacks the scope",
    404: "There is no such thing, or it is not the caller's",
    408: "The body took too long",
    409: "What is there already does not allow it",
    413: "The body is too large",
    415: "The body is of another type",
    422: "What was sent breaks a rule; the field is named",
    429: "Too many calls; Retry-After says when there is room for one",
    500: "Something failed here; it was logged",
    503: "Not now; Retry-After says when to try again",
}

_ALWAYS = (408, 413, 422, 500)
"""What every call can get: from the limits on bodies, from parsing, from the last resort."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """How OpenAPI describes the errors of an endpoint: these, and those of every one."""
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    return {
        status: {"description": _MEANINGS[status], "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in sorted({*_ALWAYS, *statuses})
    }


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
        body = {
            "type": f"urn:zkproof:{self.code}",
            "title": _MEANINGS.get(self.status) or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.more,
        }
        return JSONResponse(body, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def problem_of(error: ZkProofError) -> Problem:
    """What a client is told of an error in what it sent: field or place, rule, hint."""
    more: dict[str, Any] = {} if error.hint is None else {"hint": error.hint}
    if isinstance(error, DecodeError):
        return Problem(422, "malformed", error.message, field=error.field, **more)
    if isinstance(error, NotFoundError):
        return Problem(404, "not-found", error.message, **more)
    if isinstance(error, ConflictError):
        return Problem(409, "conflict", error.message, **more)
    if isinstance(error, PolicyError):
        if error.line is not None:
            more |= {"line": error.line, "column": error.column}
        return Problem(422, "policy", error.message, field="policy", **more)
    return Problem(422, "unacceptable", error.message, **more)


def install(app: FastAPI) -> None:
    """Answer every error a client can cause with a problem document.

    What nobody expected is caught further out, by `zkproof_server.logs.Record`.
    """

    described = app.openapi

    def openapi() -> dict[str, Any]:
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = ProblemDocument.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas |= problem.pop("$defs", {})
        schemas[ProblemDocument.__name__] = problem
        # FastAPI's own description of errors, which this service never sends.
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]

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

    @app.exception_handler(DBAPIError)
    async def database(_: Request, error: DBAPIError) -> JSONResponse:
        # It restarts, is full, or somebody else holds it: nothing was done, the caller may retry.
        log.error("database", error=type(error).__name__)
        detail = "the database does not answer; nothing was changed"
        return Problem(503, "database", detail, headers={"Retry-After": "2"}).response()

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
        return Problem(error.status_code, code, str(error.detail), headers=error.headers).response()
