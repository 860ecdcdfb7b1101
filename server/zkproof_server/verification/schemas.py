"""What goes in and out as JSON."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class OpenRequest(BaseModel):
    """A question to be asked: a packaged policy by name, or the text of one."""

    model_config = ConfigDict(extra="forbid")

    policy: Annotated[str, Field(min_length=1, max_length=20_000)]
    parameters: Annotated[dict[str, str], Field(max_length=32)] = {}
    lifetime_seconds: Annotated[int, Field(gt=0, le=7 * 86_400)] = 600


class OpenedRequest(BaseModel):
    """The request as signed, and where a holder finds it."""

    request_id: str
    url: str
    expires_at: int
    request: str
    """The signed request in hexadecimal."""


class Outcome(BaseModel):
    """Answer to a presentation: exactly what was proven, or why it was refused."""

    request_id: str
    result: str
    reason: str | None = None
    report: dict[str, Any] | None = None
    receipt: str
    """The signed receipt in hexadecimal."""


class Result(BaseModel):
    """The verifier's own view of a request."""

    request_id: str
    state: str
    result: dict[str, Any] | None = None
    receipt: str | None = None
