"""What a dishonest holder's program does, for the demo and the scenarios: verifiers have to refuse
it.

These are the parts of an attack that an honest wallet would never carry out. Nothing here helps to
make a proof that verifies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from zkproof.bbs.encoding import Signature
from zkproof.bbs.keys import PublicKey
from zkproof.bbs.knowledge import HeldSignature
from zkproof.bbs.signature import calculate_domain
from zkproof.credential.credential import Credential, holder_values
from zkproof.credential.encoding import Layout, scalars, signature_header
from zkproof.credential.link_secret import LinkSecret
from zkproof.credential.list_proof import ListProof
from zkproof.presentation.presentation import Presentation, present_held
from zkproof.presentation.request import Request
from zkproof.trust import TrustView
from zkproof_circuits.circuit import Circuit

_ALWAYS = (0, 1 << 52)
"""Longer than any version of a list is in force."""


def claimed(credential: Credential, link_secret: LinkSecret) -> HeldSignature:
    """A signature with the claim that ``link_secret`` is in it, unchecked."""
    schema, layout = credential.schema, Layout.of(credential.schema)
    vector = scalars(schema, credential.values, layout.signer)
    vector.append(int.from_bytes(credential.blind or b"", "big"))
    vector += scalars(schema, holder_values(schema, link_secret, credential.chosen), layout.holder)
    public_key = PublicKey.from_octets(credential.public_key)
    generators = layout.generators()
    header = signature_header(schema, credential.issuer_id, credential.key_id, credential.ledger_id)
    domain = calculate_domain(public_key, generators, header)
    signature = Signature.from_octets(credential.signature)
    B = generators.signed_point(domain, vector)
    return HeldSignature(public_key, generators, domain, tuple(vector), signature.A, signature.e, B)


def present_unchecked(
    request: Request,
    circuit: Circuit,
    credentials: Mapping[str, Credential],
    link_secret: LinkSecret,
    trust: TrustView,
    *,
    list_proofs: Sequence[ListProof] = (),
) -> bytes:
    """A presentation of ``credentials`` (by alias) whoever they belong to, whoever issued them, and
    from whichever version of a list list proofs are at hand. Of other lists it says what is true.
    """
    signatures = {alias: claimed(each, link_secret) for alias, each in credentials.items()}
    begins, ends = _ALWAYS
    held = {(each.list_id, each.version) for each in list_proofs}
    believed = {
        list_id: tuple(
            replace(each, used_from=begins, not_after=ends, position=0)
            for each in versions
            if (list_id, each.version) in held
        )
        for list_id, versions in trust.lists.items()
    }
    changed = {list_id: versions for list_id, versions in believed.items() if versions}
    view = replace(trust, lists={**trust.lists, **changed})
    return present_held(
        request, circuit, credentials, signatures, view, list_proofs=list_proofs
    ).to_bytes()


def relabelled(answer: bytes, request: Request) -> bytes:
    """An answer to another request, with this one's digest written on it."""
    return replace(Presentation.from_bytes(answer), request_digest=request.digest).to_bytes()
