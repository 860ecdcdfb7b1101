"""``Idempotency-Key``: who asks twice for the same thing to be made gets it once.

The reply is kept for a day, sealed, in the transaction that makes the thing: there is either both
or none. The key counts for one API key and one route; with another body it is refused (422). Of
many at once, one makes the thing and the others get its reply.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from zkproof.clock import Clock
from zkproof_server.access.service import Caller
from zkproof_server.database import Database
from zkproof_server.problems import Problem
from zkproof_server.sealing import Sealing
from zkproof_server.tables import replies

KEPT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Call:
    """One call that makes something. ``key`` is ``None`` when the caller gave none."""

    tenant: str
    key_id: str
    route: str
    key: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said; ``repeated`` when it was said before."""

    status: int
    body: bytes
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class _Called:
    key: str | None
    body: bytes

    def by(self, caller: Caller, route: str) -> Call:
        digest = hashlib.sha256(self.body).hexdigest()
        return Call(caller.tenant, caller.key_id, route, self.key, digest)


async def _called(
    request: Request,
    idempotency_key: Annotated[
        str | None,
        Header(
            pattern="^[\\x21-\\x7e]{1,128}$",
            description="The same key again gets the same reply, for a day.",
        ),
    ] = None,
) -> _Called:
    return _Called(idempotency_key, await request.body())


Called = Annotated[_Called, Depends(_called)]
"""Parameter of every endpoint that makes something."""


class Replies:
    """Replies that were given."""

    def __init__(self, database: Database, sealing: Sealing, clock: Clock) -> None:
        self._database = database
        self._sealing = sealing
        self._clock = clock

    def once(self, call: Call, status: int, make: Callable[[Connection], BaseModel]) -> Reply:
        """The reply to ``call``: the one that was given, or that of ``make``, kept with it."""
        known = self.find(call)
        if known is not None:
            return known
        try:
            with self._database.write() as connection:
                reply = Reply(status, make(connection).model_dump_json(by_alias=True).encode())
                self.keep(connection, call, reply)
        except IntegrityError:
            return self.of_the_first(call)
        return reply

    def find(self, call: Call) -> Reply | None:
        """What was said before. Raises `Problem` 422 when something else was asked."""
        if call.key is None:
            return None
        query = select(replies).where(
            (replies.c.tenant == call.tenant)
            & (replies.c.key_id == call.key_id)
            & (replies.c.route == call.route)
            & (replies.c.key == call.key)
        )
        with self._database.read() as connection:
            row = connection.execute(query).mappings().first()
        if row is None or row["kept_until"] <= self._clock():
            return None
        if row["fingerprint"] != call.fingerprint:
            detail = "Idempotency-Key: was used with another body"
            raise Problem(422, "idempotency-key", detail, field="header.idempotency-key")
        return Reply(row["status"], self._sealing.open(row["body"], _bound(call)), True)

    def of_the_first(self, call: Call) -> Reply:
        """What the other one was told who asked at the same moment."""
        known = self.find(call)
        if known is None:
            raise Problem(409, "conflict", "another call is at work", headers={"Retry-After": "1"})
        return known

    def keep(self, connection: Connection, call: Call, reply: Reply) -> None:
        """Remember a reply in the transaction that makes the thing."""
        if call.key is None:
            return
        now = self._clock()
        same = (
            (replies.c.tenant == call.tenant)
            & (replies.c.key_id == call.key_id)
            & (replies.c.route == call.route)
            & (replies.c.key == call.key)
        )
        connection.execute(delete(replies).where(same & (replies.c.kept_until <= now)))
        connection.execute(
            insert(replies).values(
                tenant=call.tenant,
                key_id=call.key_id,
                route=call.route,
                key=call.key,
                fingerprint=call.fingerprint,
                status=reply.status,
                body=self._sealing.seal(reply.body, _bound(call)),
                kept_until=now + KEPT_SECONDS,
            )
        )

    def forget(self, now: int) -> int:
        """Delete what is over. Gives how many."""
        with self._database.write() as connection:
            over = delete(replies).where(replies.c.kept_until <= now)
            return connection.execute(over).rowcount


def replied(reply: Reply) -> Response:
    """A reply over HTTP."""
    headers = {"Cache-Control": "no-store"}
    if reply.repeated:
        headers["Idempotent-Replayed"] = "true"
    return Response(reply.body, reply.status, headers, media_type="application/json")


def _bound(call: Call) -> bytes:
    return f"reply {call.tenant} {call.key_id} {call.route} {call.key}".encode()
