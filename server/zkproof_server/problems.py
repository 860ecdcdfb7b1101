"""Errors over HTTP: RFC 9457 problem documents, never a traceback."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from zkproof.errors import ZkProofError


class Problem(Exception):
    """What a client is told. ``code`` is stable, ``detail`` is for people."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.more = status, code, detail, more

    def response(self) -> JSONResponse:
        body = {"type": f"urn:zkproof:{self.code}", "title": self.code, "status": self.status}
        body |= {"detail": self.detail, **self.more}
        return JSONResponse(body, self.status, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error with a problem document."""

    @app.exception_handler(Problem)
    async def known(_: Request, error: Problem) -> JSONResponse:
        return error.response()

    @app.exception_handler(ZkProofError)
    async def ours(_: Request, error: ZkProofError) -> JSONResponse:
        hint = {} if error.hint is None else {"hint": error.hint}
        return Problem(422, "unacceptable", error.message, **hint).response()

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        fields = [
            {"field": ".".join(str(part) for part in each["loc"]), "rule": each["msg"]}
            for each in error.errors()
        ]
        return Problem(422, "invalid-input", "the body breaks a rule", fields=fields).response()

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        return Problem(error.status_code, "http", str(error.detail)).response()

    @app.exception_handler(Exception)
    async def unexpected(_: Request, __: Exception) -> JSONResponse:
        return Problem(500, "internal", "something failed here; it was logged").response()
