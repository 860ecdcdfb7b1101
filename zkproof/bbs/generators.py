"""Generators: hashed to the curve, cached with a bound, and laid out for signing.

Source: draft-irtf-cfrg-bbs-signatures, section 4.1.1 (create_generators). The list for an
interface is prefix-stable: a longer one starts with the shorter one. So one table set of rounded
capacity serves every length below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from zkproof import curve
from zkproof.bbs.ciphersuite import EXPAND_LEN, Interface
from zkproof.curve import G1, FixedBases
from zkproof.errors import UsageError

MAX_MESSAGES = 4096
"""Most messages of one signature. A proof's length says how many generators its verifier must
derive (some 0.2 ms each), so it needs a bound that does not come from the proof."""

_CAPACITIES = (14, 62, 254, 1022, MAX_MESSAGES)


def create_generators(count: int, interface: Interface) -> tuple[G1, ...]:
    """The first ``count`` generators of the interface: ``Q_1, H_1, H_2, ...``.

    Raises `UsageError` when ``count`` is negative or over `MAX_MESSAGES` + 1.
    """
    if not 0 <= count <= MAX_MESSAGES + 1:
        raise UsageError(f"{count} generators asked for, at most {MAX_MESSAGES + 1} allowed")
    return _table(interface, _capacity(max(count - 1, 0))).points[:count]


def _capacity(messages: int) -> int:
    """The smallest capacity that holds that many messages."""
    return next(capacity for capacity in _CAPACITIES if messages <= capacity)


def _derive(count: int, interface: Interface) -> tuple[G1, ...]:
    seed_dst = interface.api_id + b"SIG_GENERATOR_SEED_"
    generator_dst = interface.api_id + b"SIG_GENERATOR_DST_"
    expand = interface.expander.expand
    v = expand(interface.api_id + b"MESSAGE_GENERATOR_SEED", seed_dst, EXPAND_LEN)
    points = []
    for i in range(1, count + 1):
        v = expand(v + i.to_bytes(8, "big"), seed_dst, EXPAND_LEN)
        points.append(curve.map_to_g1(expand(v, generator_dst, 128)))
    return tuple(points)


@dataclass(frozen=True, slots=True)
class _Table:
    """``Q_1, H_1 ... H_capacity`` with their encodings and tables.

    Two sets of tables, because ``P1`` takes part with coefficient one in every secret sum (an
    addition) but with the challenge in public ones. Each builds only the tables of its own path.
    """

    points: tuple[G1, ...]
    encoded: bytes
    secret: FixedBases  # Q_1, H_1, ...
    public: FixedBases  # P1, Q_1, H_1, ...


@lru_cache(maxsize=16)
def _table(interface: Interface, capacity: int) -> _Table:
    points = _derive(capacity + 1, interface)
    return _Table(
        points=points,
        encoded=curve.encode_g1_many(points),
        secret=curve.fixed_bases(points),
        public=curve.fixed_bases((interface.suite.p1, *points)),
    )


@dataclass(frozen=True, slots=True)
class Generators:
    """What one kind of signature is made over: ``P1``, ``Q_1`` and one point per message.

    For blind signatures the list goes on after the signer's ``H_1 ... H_L`` with
    ``Q_2, J_1 ... J_M`` of the committed interface: one vector, laid end to end.
    """

    interface: Interface
    count: int
    encoded: bytes
    """``Q_1`` and the message points, as the domain hashes them."""
    points: tuple[G1, ...]
    """The message points, ``count`` of them."""
    _signer: _Table
    _signer_count: int
    _holder: _Table | None

    def msm(self, q1: int | None, messages: Sequence[int | None]) -> G1:
        """``q1*Q_1 + sum(messages[i] * H_i)``, secret scalars; ``None`` takes no part."""
        n = self._signer_count
        total = self._signer.secret.msm((q1, *messages[:n]))
        if self._holder is not None and len(messages) > n:
            total = total + self._holder.secret.msm(messages[n:])
        return total

    def msm_vartime(
        self,
        p1: int,
        q1: int,
        messages: Sequence[int],
        points: Sequence[G1] = (),
        point_scalars: Sequence[int] = (),
    ) -> G1:
        """``p1*P1 + q1*Q_1 + sum(messages[i] * H_i) + sum(point_scalars[j] * points[j])``,
        public scalars.
        """
        n = self._signer_count
        total = self._signer.public.msm_vartime((p1, q1, *messages[:n]), points, point_scalars)
        if self._holder is not None and len(messages) > n:
            total = total + self._holder.public.msm_vartime((0, *messages[n:]))
        return total

    def signed_point(self, domain: int, messages: Sequence[int]) -> G1:
        """``B = P1 + domain*Q_1 + sum(messages[i] * H_i)``, secret messages."""
        return self.interface.suite.p1 + self.msm(domain, messages)


@lru_cache(maxsize=256)
def generators(interface: Interface, count: int, committed: int | None = None) -> Generators:
    """The generators for ``count`` signer messages, and for blind signatures the further
    ``committed`` points (``Q_2`` counted among them).

    Raises `UsageError` for more than `MAX_MESSAGES` of either.
    """
    _check_count(count)
    signer = _table(interface, _capacity(count))
    encoded = signer.encoded[: 48 * (count + 1)]
    points = signer.points[1 : count + 1]
    holder = None
    if committed is not None:
        _check_count(committed)
        holder = _table(interface.committed(), _capacity(max(committed - 1, 0)))
        encoded += holder.encoded[: 48 * committed]
        points += holder.points[:committed]
    return Generators(
        interface=interface,
        count=count + (committed or 0),
        encoded=encoded,
        points=points,
        _signer=signer,
        _signer_count=count,
        _holder=holder,
    )


def _check_count(count: int) -> None:
    if not 0 <= count <= MAX_MESSAGES:
        raise UsageError(f"{count} messages, at most {MAX_MESSAGES} allowed")
