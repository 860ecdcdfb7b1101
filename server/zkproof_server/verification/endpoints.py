"""HTTP of this domain: parse, call one service function, shape the answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from zkproof_server.access import Anyone, Public, Reader, ReaderOrHolder, Writer
from zkproof_server.problems import Problem, errors
from zkproof_server.verification.repository import OPEN
from zkproof_server.verification.schemas import (
    OpenedRequest,
    OpenRequest,
    Outcome,
    Result,
    Verdict,
)
from zkproof_server.verification.service import Verification, not_open

CBOR = "application/cbor"

router = APIRouter(prefix="/v1/requests", tags=["verification"])

RequestId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As the request carries it.")]

_OCTETS = {"schema": {"type": "string", "format": "binary"}}
_CBOR_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"description": "The document", "content": {CBOR: _OCTETS}}
}
_CBOR_BODY = {"requestBody": {"required": True, "content": {CBOR: _OCTETS}}}


class CborResponse(Response):
    """A signed document, not to be kept by anything in between."""

    media_type = CBOR

    def __init__(self, content: bytes, status_code: int = 200) -> None:
        super().__init__(content, status_code, {"Cache-Control": "no-store"})


def service(request: Request) -> Verification:
    """The application's service object."""
    found: Verification = request.app.state.verification
    return found


Service = Annotated[Verification, Depends(service)]


@router.post("", status_code=201, responses=errors(401, 403, 503))
async def open_request(
    body: OpenRequest, request: Request, domain: Service, caller: Writer
) -> OpenedRequest:
    """Ask a question: compiled, signed, answered once."""
    made = await domain.open(body.policy, body.parameters, body.lifetime_seconds, caller.name)
    base = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    request_id = made.request_id.hex()
    return OpenedRequest(
        request_id=request_id,
        url=f"{base}/v1/requests/{request_id}",
        expires_at=made.expires_at,
        request=made.to_bytes().hex(),
    )


@router.get(
    "/{request_id}", response_class=CborResponse, responses={**errors(404, 409), **_CBOR_ANSWER}
)
async def fetch_request(request_id: RequestId, domain: Service, _: Public) -> CborResponse:
    """The signed request, while it is open, for whoever knows its unguessable identifier."""
    stored, state, _kept = await domain.state(request_id)
    if state != OPEN:
        raise not_open(state)
    return CborResponse(stored.document)


@router.post(
    "/{request_id}/presentation",
    openapi_extra=_CBOR_BODY,
    responses=errors(404, 409, 415, 503),
)
async def answer(request_id: RequestId, request: Request, domain: Service, _: Public) -> Outcome:
    """The holder's answer, as CBOR. The reply carries verdict and receipt; the same octets sent
    again get the same receipt.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != CBOR:
        raise Problem(415, "content-type", f"content-type: a presentation is {CBOR}")
    settled = await domain.answer(request_id, await request.body())
    return Outcome(
        request_id=request_id,
        receipt=settled.receipt.to_bytes().hex(),
        **dict(settled.verdict),
    )


@router.get("/{request_id}/result", responses=errors(401, 403, 404))
async def result(request_id: RequestId, domain: Service, _: Reader) -> Result:
    """What was proven, for as long as it may be kept."""
    stored, state, kept = await domain.state(request_id)
    receipt = await domain.repository.receipt(request_id)
    return Result.model_validate(
        {
            "request_id": request_id,
            "state": state,
            "tries": stored.tries,
            "expires_at": stored.expires_at,
            "result": None if kept is None else Verdict.model_validate(kept.facts),
            "kept_until": None if kept is None else kept.kept_until,
            "receipt": None if receipt is None else receipt.hex(),
        }
    )


@router.get(
    "/{request_id}/receipt",
    response_class=CborResponse,
    responses={**errors(401, 403, 404), **_CBOR_ANSWER},
)
async def receipt(
    request_id: RequestId,
    domain: Service,
    caller: ReaderOrHolder,
    presentation: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{64}$", description="Digest of an answer, as its receipt has it."),
    ] = None,
) -> CborResponse:
    """The signed receipt; holds no personal data. The newest one, for the verifier; the one about
    an answer, for the holder who knows its digest and lost the reply.
    """
    await domain.find(request_id)
    if presentation is None and isinstance(caller, Anyone):
        raise Problem(
            401,
            "no-key",
            "an API key is needed, or the digest of the presentation",
            headers={"WWW-Authenticate": "Bearer"},
        )
    digest = None if presentation is None else bytes.fromhex(presentation)
    document = await domain.repository.receipt(request_id, digest)
    if document is None:
        raise Problem(404, "no-receipt", "this request has no answer yet")
    return CborResponse(document)
