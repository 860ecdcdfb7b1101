"""HTTP for relying parties: parse, call one service function, shape the answer."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from zkproof_server.access.authorisation import Reader, Writer
from zkproof_server.cursors import read_cursor, write_cursor
from zkproof_server.media import CBOR_ANSWER, CborResponse
from zkproof_server.problems import Problem, errors
from zkproof_server.replies import Called, replied
from zkproof_server.verification.events import MAX_STREAMS, stream
from zkproof_server.verification.repository import Filter, Row
from zkproof_server.verification.schemas import (
    OpenedRequest,
    OpenRequest,
    RequestPage,
    RequestView,
    Result,
    Verdict,
)
from zkproof_server.verification.service import Verification
from zkproof_server.verification.states import State

router = APIRouter(prefix="/v1/requests", tags=["verification"])

RequestId = Annotated[str, Path(pattern="^[0-9a-f]{32}$", description="As opening it gave it.")]
IfNoneMatch = Annotated[
    str | None, Header(max_length=200, description="The ETag that is known already.")
]
_UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Nothing has changed since this ETag"}
}


def service(request: Request) -> Verification:
    """The application's service object."""
    found: Verification = request.app.state.verification
    return found


def base_url(request: Request) -> str:
    """The address that holders are given."""
    public: str | None = request.app.state.settings.public_url
    return public or str(request.base_url).rstrip("/")


Service = Annotated[Verification, Depends(service)]
Base = Annotated[str, Depends(base_url)]


@router.post(
    "",
    status_code=201,
    response_model=OpenedRequest,
    responses=errors(401, 403, 409, 429, 503),
)
async def open_request(
    body: OpenRequest, domain: Service, base: Base, caller: Writer, called: Called
) -> Response:
    """Ask a question: compiled, signed, answered once."""
    return replied(await domain.open(body, called.by(caller, "requests"), caller.name, base))


@router.get("", responses=errors(401, 403, 429, 503))
async def list_requests(
    domain: Service,
    base: Base,
    caller: Reader,
    state: State | None = None,
    policy: Annotated[str | None, Query(max_length=128)] = None,
    reference: Annotated[str | None, Query(max_length=128)] = None,
    since: Annotated[int | None, Query(ge=0, lt=1 << 53)] = None,
    until: Annotated[int | None, Query(ge=0, lt=1 << 53)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> RequestPage:
    """Requests of the caller's tenant, newest first, ``since`` and before ``until`` by when they
    were created.
    """
    after = None if cursor is None else read_cursor(cursor)
    wanted = Filter(state, policy, reference, since, until, after)
    rows = await domain.page(caller.tenant, wanted, limit + 1)
    page = rows[:limit]
    more = len(rows) > limit
    return RequestPage(
        items=[RequestView.of(each, base) for each in page],
        next=write_cursor(page[-1].created_at, page[-1].rp_id) if more else None,
    )


@router.get(
    "/{id}",
    response_model=RequestView,
    responses={**errors(401, 403, 404, 429, 503), **_UNCHANGED},
)
async def one_request(
    id: RequestId,
    domain: Service,
    base: Base,
    caller: Reader,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> RequestView | Response:
    """What became of a request. Cheap to poll with its ETag."""
    row = await domain.one(caller.tenant, id)
    tag = _tag(row)
    if tag == if_none_match:
        return Response(status_code=304, headers=_personal(tag))
    response.headers.update(_personal(tag))
    return RequestView.of(row, base)


@router.get(
    "/{id}/result",
    response_model=Result,
    responses={**errors(401, 403, 404, 429, 503), **_UNCHANGED},
)
async def result(
    id: RequestId,
    domain: Service,
    base: Base,
    caller: Reader,
    response: Response,
    if_none_match: IfNoneMatch = None,
) -> Result | Response:
    """What was proven, for as long as it may be kept. Cheap to poll with its ETag."""
    row, kept, receipt = await domain.result(caller.tenant, id)
    tag = _tag(row, "" if kept is None else kept.kept_until)
    if tag == if_none_match:
        return Response(status_code=304, headers=_personal(tag))
    response.headers.update(_personal(tag))
    return Result(
        **RequestView.of(row, base).model_dump(),
        result=None if kept is None else Verdict.model_validate(kept.facts),
        kept_until=None if kept is None else kept.kept_until,
        receipt=None if receipt is None else receipt.hex(),
    )


@router.get(
    "/{id}/receipt",
    response_class=CborResponse,
    responses={**errors(401, 403, 404, 429, 503), **CBOR_ANSWER},
)
async def receipt(id: RequestId, domain: Service, caller: Reader) -> CborResponse:
    """The newest signed receipt; holds no personal data."""
    row = await domain.one(caller.tenant, id)
    return CborResponse(await domain.receipt(row.id, None))


@router.post("/{id}/cancel", responses=errors(401, 403, 404, 409, 429, 503))
async def cancel_request(id: RequestId, domain: Service, base: Base, caller: Writer) -> RequestView:
    """End a request that is open. Again changes nothing."""
    return RequestView.of(await domain.cancel(caller.tenant, id), base)


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        **errors(401, 403, 404, 429, 503),
        200: {
            "description": "One event for each state, until the last",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
    },
)
async def request_events(
    id: RequestId,
    request: Request,
    domain: Service,
    caller: Reader,
    last_event_id: Annotated[str | None, Header(pattern="^[0-9]{1,9}$")] = None,
) -> StreamingResponse:
    """What becomes of a request, as it happens."""
    await domain.one(caller.tenant, id)
    app = request.app.state
    if app.streams >= MAX_STREAMS:
        detail = "too many streams: poll with the ETag"
        raise Problem(503, "busy", detail, headers={"Retry-After": "5"})

    async def counted() -> AsyncIterator[bytes]:
        app.streams += 1
        try:
            async for each in stream(
                lambda: domain.read_one(caller.tenant, id),
                int(last_event_id or 0),
                lambda: bool(app.stopping),
            ):
                yield each
        finally:
            app.streams -= 1

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(counted(), media_type="text/event-stream", headers=headers)


def _tag(row: Row, *more: object) -> str:
    """Of everything that can change."""
    facts = repr((row.rp_id, row.version, row.state.value, more)).encode()
    return f'"{hashlib.sha256(facts).hexdigest()[:32]}"'


def _personal(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache"}
