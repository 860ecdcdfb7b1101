"""What becomes of a request.

::

    created -> fetched -> answered -> proven | refused | expired | cancelled

``answered``: an answer was refused, and tries are left. A request may skip states; the last four
are final. An open request whose time is over counts as expired before that is written down.
"""

from __future__ import annotations

from enum import StrEnum

from zkproof.verifier.store import RequestState


class State(StrEnum):
    """See the head of this file."""

    CREATED = "created"
    FETCHED = "fetched"
    ANSWERED = "answered"
    PROVEN = "proven"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in OPEN

    @property
    def for_the_library(self) -> RequestState:
        """The same for `zkproof.verifier`, which knows whether a request can be answered."""
        if self in OPEN:
            return RequestState.OPEN
        return RequestState.ANSWERED if self is State.PROVEN else RequestState.CLOSED


OPEN = frozenset({State.CREATED, State.FETCHED, State.ANSWERED})


def state_at(stored: str, expires_at: int, now: int) -> State:
    """The state as of now."""
    state = State(stored)
    return State.EXPIRED if state in OPEN and now > expires_at else state
