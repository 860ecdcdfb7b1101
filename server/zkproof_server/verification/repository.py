"""Rows of requests, results and receipts. One conditional UPDATE decides who answers a request.

Everything that a relying party asks for names its tenant; what a wallet asks for names the request
by the identifier in it, which nobody guesses.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from zkproof_server.database import Database
from zkproof_server.tables import receipts, requests, results
from zkproof_server.verification.states import OPEN, State, state_at

_OPEN = sorted(each.value for each in OPEN)


@dataclass(frozen=True, slots=True)
class Row:
    """A request and what became of it. ``state`` is that of the moment it was read for."""

    id: str
    """The wallet's, as the request carries it."""

    rp_id: str
    tenant: str
    state: State
    tries: int
    version: int
    document: bytes
    policy: str
    policy_version: int
    language: str
    reference: str | None
    details: Mapping[str, str] | None
    opened_by: str
    created_at: int
    fetched_at: int | None
    answered_at: int | None
    ended_at: int | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredResult:
    """Facts that were learnt, readable until then."""

    facts: dict[str, Any]
    kept_until: int


@dataclass(frozen=True, slots=True)
class Filter:
    """Which requests a list holds; ``after`` is the last one of the page before, by time and id."""

    state: State | None = None
    policy: str | None = None
    reference: str | None = None
    since: int | None = None
    until: int | None = None
    after: tuple[int, str] | None = None


class Repository:
    """All SQL of this domain."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, connection: Connection, row: Row) -> None:
        connection.execute(insert(requests).values(dataclasses.asdict(row)))

    def for_wallet(self, request_id: str, now: int) -> Row | None:
        with self.database.read() as connection:
            return _one(connection, requests.c.id == request_id, now)

    def for_answer(
        self, request_id: str, presentation: bytes, now: int
    ) -> tuple[Row, bytes | None] | None:
        """The request, and the receipt about exactly this answer if there is one."""
        told = and_(receipts.c.request_id == requests.c.id, receipts.c.presentation == presentation)
        query = (
            select(requests, receipts.c.document.label("receipt"))
            .join_from(requests, receipts, told, isouter=True)
            .where(requests.c.id == request_id)
        )
        with self.database.read() as connection:
            found = connection.execute(query).mappings().first()
        return None if found is None else (_row(found, now), found["receipt"])

    def for_tenant(self, tenant: str, rp_id: str, now: int) -> Row | None:
        with self.database.read() as connection:
            return _one(connection, _owned(tenant, rp_id), now)

    def page(self, tenant: str, wanted: Filter, limit: int, now: int) -> list[Row]:
        """Newest first."""
        query = _filtered(select(requests).where(requests.c.tenant == tenant), wanted, now)
        ordered = query.order_by(requests.c.created_at.desc(), requests.c.rp_id.desc())
        with self.database.read() as connection:
            return [_row(each, now) for each in connection.execute(ordered.limit(limit)).mappings()]

    def fetched(self, connection: Connection, request_id: str, now: int) -> bool:
        """Created becomes fetched; ``False`` when it was not created any more."""
        change = update(requests).where(
            (requests.c.id == request_id) & (requests.c.state == State.CREATED.value)
        )
        changed = change.values(
            state=State.FETCHED.value, fetched_at=now, version=requests.c.version + 1
        )
        return connection.execute(changed).rowcount == 1

    def cancel(self, connection: Connection, tenant: str, rp_id: str, now: int) -> bool:
        """Open becomes cancelled; ``False`` when it was not open."""
        return self._end(connection, _owned(tenant, rp_id), State.CANCELLED, now)

    def _end(
        self, connection: Connection, which: ColumnElement[bool], state: State, now: int
    ) -> bool:
        change = update(requests).where(
            which & requests.c.state.in_(_OPEN) & (requests.c.expires_at >= now)
        )
        ended = change.values(state=state.value, ended_at=now, version=requests.c.version + 1)
        return connection.execute(ended).rowcount == 1

    def settle(
        self, connection: Connection, request_id: str, *, proven: bool, max_tries: int, now: int
    ) -> tuple[State, int] | None:
        """Use up a try; state and tries after it, or ``None`` when the request is no longer open.

        Whether it is still open is decided by the same statement that changes it: of several
        answers at once, one finds it open.
        """
        change = update(requests).where((requests.c.id == request_id) & requests.c.state.in_(_OPEN))
        tries = requests.c.tries + 1
        values: dict[str, Any] = {
            "tries": tries,
            "answered_at": now,
            "version": requests.c.version + 1,
        }
        if proven:
            values |= {"state": State.PROVEN.value, "ended_at": now}
        else:
            values |= {"state": State.ANSWERED.value}
        changed = change.values(values).returning(requests.c.tries)
        count = connection.execute(changed).scalar()
        if count is None:
            return None
        if proven:
            return State.PROVEN, count
        if count < max_tries:
            return State.ANSWERED, count
        last = update(requests).where(requests.c.id == request_id)
        connection.execute(last.values(state=State.REFUSED.value, ended_at=now))
        return State.REFUSED, count

    def keep_result(
        self, connection: Connection, request_id: str, result: StoredResult, *, first: bool
    ) -> None:
        """In place of an earlier one, unless this is the first."""
        if not first:
            connection.execute(delete(results).where(results.c.request_id == request_id))
        connection.execute(
            insert(results).values(
                request_id=request_id, facts=result.facts, kept_until=result.kept_until
            )
        )

    def result(self, request_id: str, now: int) -> StoredResult | None:
        """The newest result, unless its time is over: deleting may lag behind, reading does not."""
        query = select(results).where(
            (results.c.request_id == request_id) & (results.c.kept_until > now)
        )
        with self.database.read() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else StoredResult(row["facts"], row["kept_until"])

    def forget_results(self, now: int) -> int:
        """Delete results whose time is over; receipts stay. Gives how many."""
        with self.database.write() as connection:
            old = delete(results).where(results.c.kept_until <= now)
            count = connection.execute(old).rowcount
        if count:
            self.database.empty_write_ahead_log()
        return count

    def expire(self, connection: Connection, now: int, limit: int) -> Sequence[Row]:
        """Write down which open requests are over. Gives them."""
        over = (requests.c.state.in_(_OPEN)) & (requests.c.expires_at < now)
        these = select(requests.c.id).where(over).limit(limit)
        change = update(requests).where(requests.c.id.in_(these) & over)
        ended = change.values(
            state=State.EXPIRED.value,
            ended_at=requests.c.expires_at,
            version=requests.c.version + 1,
        )
        found = connection.execute(ended.returning(*requests.c)).mappings()
        return [_row(each, now) for each in found]


def _owned(tenant: str, rp_id: str) -> ColumnElement[bool]:
    return (requests.c.tenant == tenant) & (requests.c.rp_id == rp_id)


def _one(connection: Connection, which: ColumnElement[bool], now: int) -> Row | None:
    found = connection.execute(select(requests).where(which)).mappings().first()
    return None if found is None else _row(found, now)


def _row(found: Mapping[Any, Any], now: int) -> Row:
    values = {name: found[name] for name in requests.c.keys()}  # noqa: SIM118  # not a mapping
    values["state"] = state_at(values["state"], values["expires_at"], now)
    return Row(**values)


def _filtered(query: Select[Any], wanted: Filter, now: int) -> Select[Any]:
    table = requests.c
    if wanted.state is not None:
        query = query.where(_in_state(wanted.state, now))
    if wanted.policy is not None:
        query = query.where(table.policy == wanted.policy)
    if wanted.reference is not None:
        query = query.where(table.reference == wanted.reference)
    if wanted.since is not None:
        query = query.where(table.created_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(table.created_at < wanted.until)
    if wanted.after is not None:
        at, rp_id = wanted.after
        query = query.where(
            or_(table.created_at < at, and_(table.created_at == at, table.rp_id < rp_id))
        )
    return query


def _in_state(state: State, now: int) -> ColumnElement[bool]:
    """The state as of now, see `state_at`."""
    stored, over = requests.c.state == state.value, requests.c.expires_at < now
    if state is State.EXPIRED:
        return stored | (requests.c.state.in_(_OPEN) & over)
    return stored & ~over if state in OPEN else stored
