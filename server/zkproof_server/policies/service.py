"""Keep policies: what does not compile is not taken, what was taken never changes."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from zkproof.clock import Clock
from zkproof.trust import TrustSource
from zkproof_circuits import library
from zkproof_circuits.explain import explain
from zkproof_circuits.includes import expand, pointing_into
from zkproof_circuits.policy import compile_policy
from zkproof_circuits.types import date_of
from zkproof_server.database import Database
from zkproof_server.policies.repository import PolicyRepository, PolicyRow
from zkproof_server.policies.schemas import PolicyText
from zkproof_server.problems import Problem
from zkproof_server.replies import Call, Replies, Reply

_DAY = 86_400


class Policies:
    """The domain's service object."""

    def __init__(
        self, database: Database, replies: Replies, trust: TrustSource, clock: Clock
    ) -> None:
        self._database = database
        self._replies = replies
        self._rows = PolicyRepository()
        self._trust = trust
        self._clock = clock

    def store(self, text: str, parameters: Mapping[str, str], call: Call, by: str) -> Reply:
        """Compile a policy and keep it. Raises `PolicyError`, and `Problem` 409 for a version that
        there is with another text.
        """
        known = self._replies.find(call)
        if known is not None:
            return known
        schemas = tuple(self._trust.trust().schemas.values())
        now = self._clock()
        expanded = expand(text, library.policy_text)
        with pointing_into(expanded, text):
            circuit = compile_policy(
                expanded, schemas, today=date_of(now // _DAY), parameters=dict(parameters)
            )
        words = explain(circuit, schemas)
        row = PolicyRow(circuit.name, circuit.version, expanded, now, by)

        def make(connection: Connection) -> PolicyText:
            there = self._rows.one(connection, call.tenant, row.name, row.version)
            if there is not None and there.text != row.text:
                raise _taken(row)
            if there is None:
                self._rows.add(connection, call.tenant, row)
            kept = there or row
            return PolicyText(
                name=kept.name,
                version=kept.version,
                created_at=kept.created_at,
                created_by=kept.created_by,
                text=kept.text,
                purpose=circuit.purpose,
                sentences=list(words.constraints),
                reveals=[each.label for each in words.reveals],
            )

        try:
            return self._replies.once(call, 201, make)
        except IntegrityError:
            raise _taken(row) from None

    def text_of(self, tenant: str, policy: str, version: int | None) -> str:
        """The text of the tenant's policy of that name, where there is one; or ``policy`` itself.

        Raises `Problem` 422 for a version that there is not.
        """
        with self._database.read() as connection:
            found = self._rows.one(connection, tenant, policy, version)
        if found is not None:
            return found.text
        if version is not None:
            detail = "policy_version: no stored policy with this name and version"
            raise Problem(422, "unacceptable", detail, field="policy_version")
        return policy

    def one(self, tenant: str, name: str, version: int) -> PolicyRow:
        """Raises `Problem` 404."""
        with self._database.read() as connection:
            found = self._rows.one(connection, tenant, name, version)
        if found is None:
            raise Problem(404, "no-policy", "no policy with this name and version")
        return found

    def all(self, tenant: str) -> list[PolicyRow]:
        with self._database.read() as connection:
            return self._rows.all(connection, tenant)


def _taken(row: PolicyRow) -> Problem:
    detail = f"{row.name} v{row.version} is there with another text: count its version up"
    return Problem(409, "policy-exists", detail)
