"""BBS signatures on BLS12-381 as the IETF drafts have them, to the octet.

Sign a list of messages once; show any part of it many times, unlinkably, without the signer.

Two kinds of answers: what a caller gets wrong (types, too many messages, unsorted indexes of its
own) raises `zkproof.errors.UsageError`; untrusted signatures and proofs that do not hold, malformed
ones included, give ``False``. Objects read from octets (`PublicKey.from_octets`, a commitment at
signing) raise `zkproof.errors.DecodeError` that names the field.

>>> from zkproof import bbs
>>> key = bbs.SigningKey.generate()
>>> messages = [b"name: Ada", b"balance: 750000", b"currency: MOP"]
>>> signature = bbs.sign(key, messages, header=b"deposit")
>>> held = bbs.hold_signature(key.public_key, signature, messages, header=b"deposit")
>>> proof = bbs.proof_gen(held, [2], presentation_header=b"nonce")
>>> bbs.proof_verify(
...     key.public_key, proof, [messages[2]], [2], header=b"deposit", presentation_header=b"nonce"
... )
True
"""

from zkproof.bbs import blind, pseudonym, update
from zkproof.bbs.batch import BatchResult, ProofClaim, proof_verify_batch
from zkproof.bbs.ciphersuite import Suite
from zkproof.bbs.generators import MAX_MESSAGES
from zkproof.bbs.keys import PublicKey, SigningKey, keygen
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.proof import hold_signature, proof_gen, proof_verify
from zkproof.bbs.secret import NymSecret, ProverBlind
from zkproof.bbs.signature import sign, verify

__all__ = [
    "MAX_MESSAGES",
    "BatchResult",
    "HeldSignature",
    "NymSecret",
    "ProofClaim",
    "ProverBlind",
    "PublicKey",
    "SigningKey",
    "Suite",
    "blind",
    "hold_signature",
    "keygen",
    "proof_gen",
    "proof_verify",
    "proof_verify_batch",
    "pseudonym",
    "sign",
    "update",
    "verify",
]
