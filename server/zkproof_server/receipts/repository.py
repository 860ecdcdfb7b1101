"""Rows of receipts. Each is a link of its tenant's chain (`zkproof.audit.receipt_log`)."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from zkproof.audit.receipt_log import link
from zkproof.presentation.receipt import Receipt
from zkproof_server.tables import receipts, tenants


class ReceiptRepository:
    """All SQL of this domain."""

    def append(
        self, connection: Connection, tenant: str, request_id: str, receipt: Receipt
    ) -> None:
        """The next link. The first UPDATE holds the head until the transaction ends.

        Raises `IntegrityError` when this answer has a receipt.
        """
        head = update(tenants).where(tenants.c.id == tenant)
        position, previous = connection.execute(
            head.values(position=tenants.c.position + 1).returning(
                tenants.c.position, tenants.c.chain
            )
        ).one()
        chain = link(previous, receipt.digest)
        connection.execute(
            insert(receipts).values(
                tenant=tenant,
                position=position,
                request_id=request_id,
                document=receipt.to_bytes(),
                chain=chain,
                presentation=receipt.presentation_digest,
            )
        )
        connection.execute(head.values(chain=chain))

    def of_request(
        self, connection: Connection, request_id: str, presentation: bytes | None = None
    ) -> bytes | None:
        """The newest receipt of a request; or the one about an answer, by that answer's digest."""
        query = select(receipts.c.document).where(receipts.c.request_id == request_id)
        if presentation is not None:
            query = query.where(receipts.c.presentation == presentation)
        newest = query.order_by(receipts.c.position.desc()).limit(1)
        found: bytes | None = connection.execute(newest).scalar()
        return found
