"""HTTP of this domain: parse, call one service function, shape the answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from zkproof_server.access import READ, WRITE, Caller, requires
from zkproof_server.problems import Problem
from zkproof_server.verification.schemas import OpenedRequest, OpenRequest, Outcome, Result
from zkproof_server.verification.service import Verification

CBOR = "application/cbor"

router = APIRouter(prefix="/v1/requests", tags=["verification"])

RequestId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]


def service(request: Request) -> Verification:
    found: Verification = request.app.state.verification
    return found


Service = Annotated[Verification, Depends(service)]


@router.post("", status_code=201)
async def open_request(
    body: OpenRequest,
    request: Request,
    domain: Service,
    caller: Annotated[Caller, Depends(requires(WRITE))],
) -> OpenedRequest:
    """Ask a question: compiled, signed, single-use."""
    made = await domain.open(body.policy, body.parameters, body.lifetime_seconds, caller.name)
    base = request.app.state.settings.public_url or str(request.base_url).rstrip("/")
    request_id = made.request_id.hex()
    return OpenedRequest(
        request_id=request_id,
        url=f"{base}/v1/requests/{request_id}",
        expires_at=made.expires_at,
        request=made.to_bytes().hex(),
    )


@router.get("/{request_id}", response_class=Response, responses={200: {"content": {CBOR: {}}}})
async def fetch_request(request_id: RequestId, domain: Service) -> Response:
    """The signed request, for whoever knows its unguessable identifier."""
    row = await domain.find(request_id)
    return Response(row["document"], media_type=CBOR)


@router.post("/{request_id}/presentation")
async def answer(request_id: RequestId, request: Request, domain: Service) -> Outcome:
    """The holder's answer, as CBOR. The reply carries verdict and receipt."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != CBOR:
        raise Problem(415, "content-type", f"a presentation is {CBOR}")
    settled = await domain.answer(request_id, await request.body())
    return Outcome(
        request_id=request_id,
        result=settled.result,
        reason=settled.reason,
        report=settled.report,
        receipt=settled.receipt.hex(),
    )


@router.get("/{request_id}/result")
async def result(
    request_id: RequestId,
    domain: Service,
    caller: Annotated[Caller, Depends(requires(READ))],
) -> Result:
    """What was proven, for as long as retention allows."""
    row = await domain.find(request_id)
    receipt = row["receipt"]
    return Result(
        request_id=request_id,
        state=row["state"],
        result=row["result"],
        receipt=None if receipt is None else receipt.hex(),
    )


@router.get("/{request_id}/receipt", response_class=Response)
async def receipt(
    request_id: RequestId,
    domain: Service,
    caller: Annotated[Caller, Depends(requires(READ))],
) -> Response:
    """The signed receipt; holds no personal data."""
    row = await domain.find(request_id)
    if row["receipt"] is None:
        raise Problem(404, "no-receipt", "this request has no answer yet")
    return Response(row["receipt"], media_type=CBOR)
