"""Policies as JSON."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class StorePolicy(BaseModel):
    """A policy's text; name and version are in it. Parameters are for compiling it here and now."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    parameters: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=64)],
            Annotated[str, Field(max_length=200)],
        ],
        Field(max_length=32),
    ] = {}


class Policy(BaseModel):
    """One version of a policy. It never changes."""

    name: str
    version: int
    created_at: int
    created_by: str


class PolicyText(Policy):
    """The same with its text, and what it asks in words."""

    text: str
    purpose: str | None = None
    sentences: list[str] = []
    """One for each requirement, where it was compiled just now."""

    reveals: list[str] = []


class Policies(BaseModel):
    """All versions of all policies of the caller's tenant."""

    items: list[Policy]
