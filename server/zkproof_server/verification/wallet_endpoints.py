"""HTTP for wallets: whoever knows the identifier in the request, which nobody guesses."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from zkproof_server.access.authorisation import Public
from zkproof_server.media import CBOR, CBOR_ANSWER, CBOR_BODY, CborResponse
from zkproof_server.problems import Problem, errors
from zkproof_server.verification.endpoints import Service
from zkproof_server.verification.schemas import Outcome

router = APIRouter(prefix="/v1/w", tags=["wallet"])

RequestId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As the request carries it.")]


@router.get(
    "/{request_id}",
    response_class=CborResponse,
    responses={**errors(404, 409, 429, 503), **CBOR_ANSWER},
)
async def fetch_request(request_id: RequestId, domain: Service, _: Public) -> CborResponse:
    """The signed request, while it is open."""
    return CborResponse(await domain.fetch(request_id))


@router.post(
    "/{request_id}/presentation",
    openapi_extra=CBOR_BODY,
    responses=errors(404, 409, 415, 429, 503),
)
async def answer(request_id: RequestId, request: Request, domain: Service, _: Public) -> Outcome:
    """The holder's answer, as CBOR. The reply carries verdict and receipt; the same octets sent
    again get the same receipt.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CBOR:
        raise Problem(415, "content-type", f"content-type: a presentation is {CBOR}")
    settled = await domain.answer(request_id, await request.body())
    return Outcome(request_id=request_id, receipt=settled.receipt.hex(), **dict(settled.verdict))


@router.get(
    "/{request_id}/receipt",
    response_class=CborResponse,
    responses={**errors(404, 429, 503), **CBOR_ANSWER},
)
async def receipt_of_answer(
    request_id: RequestId,
    domain: Service,
    _: Public,
    presentation: Annotated[
        str, Query(pattern="^[0-9a-f]{64}$", description="Digest of the answer.")
    ],
) -> CborResponse:
    """The signed receipt about an answer, for the holder who made it and lost the reply."""
    return CborResponse(await domain.receipt(request_id, bytes.fromhex(presentation)))
