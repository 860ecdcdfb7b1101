"""BLS12-381 arithmetic: the only door to a backend.

The names below belong to the backend chosen when this package is first imported: the best
one present, or the one `ZKPROOF_BACKEND` names (``kernel``, ``arkworks``, ``py_ecc``). They
are bound once, so that a call costs no look-up. See `zkproof.curve.interface` for what each
of them does.
"""

from __future__ import annotations

from zkproof.curve.choice import Choice, available, choose, load
from zkproof.curve.hashing import Expander
from zkproof.curve.interface import (
    G1,
    G1_BYTES,
    G2,
    G2_BYTES,
    SCALAR_BYTES,
    FixedBases,
    P,
    PreparedG2,
    R,
    SecretScalar,
)

choice: Choice = choose()
"""Which backend runs, and why (shown by ``zkproof info``)."""

backend = choice.backend

g1_generator = backend.g1_generator
g1_identity = backend.g1_identity
g2_generator = backend.g2_generator
decode_g1 = backend.decode_g1
decode_g1_or_identity = backend.decode_g1_or_identity
decode_g1_many = backend.decode_g1_many
decode_g2 = backend.decode_g2
encode_g1_many = backend.encode_g1_many
msm = backend.msm
msm_rows = backend.msm_rows
msm_vartime = backend.msm_vartime
fixed_bases = backend.fixed_bases
prepare_g2 = backend.prepare_g2
pairing_check = backend.pairing_check
map_to_g1 = backend.map_to_g1
hash_to_scalars = backend.hash_to_scalars
invert = backend.invert
secret_scalar = backend.secret_scalar
hash_to_secret_scalar = backend.hash_to_secret_scalar

__all__ = [
    "G1",
    "G1_BYTES",
    "G2",
    "G2_BYTES",
    "SCALAR_BYTES",
    "Choice",
    "Expander",
    "FixedBases",
    "P",
    "PreparedG2",
    "R",
    "SecretScalar",
    "available",
    "backend",
    "choice",
    "choose",
    "decode_g1",
    "decode_g1_many",
    "decode_g1_or_identity",
    "decode_g2",
    "encode_g1_many",
    "fixed_bases",
    "g1_generator",
    "g1_identity",
    "g2_generator",
    "hash_to_scalars",
    "hash_to_secret_scalar",
    "invert",
    "load",
    "map_to_g1",
    "msm",
    "msm_rows",
    "msm_vartime",
    "pairing_check",
    "prepare_g2",
    "secret_scalar",
]
