"""Whose certificates belong together: one link secret for each customer, kept by the issuer.

An answer to an offer proves that the new certificate has the link secret of a shown one, and gives
the issuer's own pseudonym of that secret (`zkproof.presentation.issuance`). The issuer compares
pseudonyms: a customer keeps one secret through every renewal, and no two customers have one.

1.  The offer is one of this issuer's, asked about, and not answered otherwise.
2.  to 5. The answer's fields, keys and lists, disclosed values and proof: `check_answer`.
6.  The pseudonym is the subject's, or the subject has none yet.
7.  It is, and was, no other subject's. (two customers with one secret)
8.  Certificate, answer and pseudonym are stored together, or nothing is.

A customer who lost the wallet has no answer. `rebind` is an officer's act after identification in
person: all live certificates are revoked first, and the next answer binds another secret.

Trusted: yes. May be lost: no. It is in the same file as `zkproof.issuer.records`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

from zkproof import curve
from zkproof.bbs.keys import SigningKey
from zkproof.clock import RandomBytes, os_random
from zkproof.codec import decode, encode
from zkproof.credential.credential import Credential
from zkproof.credential.issuing import Offer, issue
from zkproof.credential.link_secret import LinkSecret
from zkproof.errors import IssuanceError, UsageError
from zkproof.issuer.records import IssuanceRecords
from zkproof.presentation.issuance import (
    CheckedAnswer,
    IssuanceAnswer,
    IssuanceRequest,
    check_answer,
    pseudonym_base,
)
from zkproof.presentation.verify import VerificationRules
from zkproof.trust import TrustView
from zkproof_circuits.types import Value

_TABLES = """
CREATE TABLE IF NOT EXISTS subject (
    key TEXT PRIMARY KEY,
    pseudonym BLOB UNIQUE,
    bound_on INTEGER NOT NULL,
    rebound_on INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS former_pseudonym (
    pseudonym BLOB PRIMARY KEY,
    subject TEXT NOT NULL
) STRICT;
"""


class Subjects:
    """The customers of one issuer, by its own references for them. Days count from 1970-01-01."""

    def __init__(self, records: IssuanceRecords) -> None:
        self._records = records
        self._db = records.database
        self._db.executescript(_TABLES)

    def ask(
        self, asked: IssuanceRequest, subject: str, expected: Mapping[str, Value] | None = None
    ) -> None:
        """Keep what is asked before an offer of these records is signed, until it is answered.

        ``subject`` is the issuer's reference for the customer: all accounts of one customer have
        one. ``expected`` are disclosed values that have to be this customer's, by slot. Asking
        again replaces what was asked. Raises `IssuanceError` for an offer of somebody else's, and
        for a share for a customer who has a link secret; `UsageError` for a subject without a name.
        """
        offer = self._records.offer(asked.offer.offer_id)
        if offer != asked.offer:
            raise IssuanceError("offer: not the one of these records")
        if self._records.answered(offer.offer_id):
            raise IssuanceError("offer: answered already")
        if not subject:
            raise UsageError("subject: the customer's reference is needed")
        if asked.adds_share and self.bound_on(subject) is not None:
            raise IssuanceError("subject: has a link secret, and a share would make another")
        self._db.execute(
            "INSERT INTO asked (offer_id, request, subject, expected) VALUES (?,?,?,?)"
            " ON CONFLICT (offer_id) DO UPDATE SET request = excluded.request,"
            " subject = excluded.subject, expected = excluded.expected",
            (offer.offer_id, asked.to_bytes(), subject, encode(dict(expected or {}))),
        )

    def answer(
        self,
        data: bytes,
        trust: TrustView,
        *,
        signing_key: SigningKey,
        now: int,
        rules: VerificationRules | None = None,
        random: RandomBytes = os_random,
    ) -> Credential:
        """The certificate for an answer, signed once; the same answer again gets the same one.

        See the head of this file. Raises `IssuanceError`, `DecodeError` for octets that are no
        answer.
        """
        offer_id = IssuanceAnswer.from_bytes(data).offer_id
        asked, subject, expected = self._asked(offer_id)  # 1.
        bound: list[bytes] = []

        def sign(offer: Offer, values: Mapping[str, Value]) -> Credential:
            checked = check_answer(  # 2. to 5.
                asked, data, trust, expected=expected, now=now, rules=rules, random=random
            )
            share = LinkSecret.generate(random) if asked.adds_share else None
            bound[:] = [_pseudonym(asked, checked, share)]
            role = offer.schema.roles.bound_since
            if role is not None:
                values = {**values, role: self.rebound_on(subject) or 0}
            return issue(signing_key, offer, values, checked.commitment, now=now, share=share)

        def bind(made: Credential) -> None:
            del made
            self._bind(subject, bound[0], now // 86_400)  # 6. and 7.

        return self._records.settle(offer_id, data, sign, also=bind)  # 8.

    def rebind(self, subject: str, *, now: int) -> None:
        """Let the customer's next answer bind another link secret.

        Raises `IssuanceError` while certificates of the customer are neither revoked nor replaced,
        for a customer without a link secret, and for a second time within a calendar year: a tag
        that is renewed by the year would else be had twice.
        """
        row = self._db.execute(
            "SELECT pseudonym, rebound_on FROM subject WHERE key = ?", (subject,)
        ).fetchone()
        if row is None or row[0] is None:
            raise IssuanceError("subject: has no link secret that could be replaced")
        today = now // 86_400
        if row[1] is not None and _year(row[1]) == _year(today):
            raise IssuanceError("subject: was given another link secret this year already")
        live = [*self._live(subject)]
        if live:
            raise IssuanceError(
                f"subject: {len(live)} certificates are not revoked",
                hint="revoke every one of them first",
            )
        with self._records.transaction():
            self._db.execute("INSERT INTO former_pseudonym VALUES (?,?)", (row[0], subject))
            self._db.execute(
                "UPDATE subject SET pseudonym = NULL, rebound_on = ? WHERE key = ?",
                (today, subject),
            )

    def bound_on(self, subject: str) -> int | None:
        """The day on which the customer's link secret was first bound, or ``None``."""
        row = self._db.execute("SELECT bound_on FROM subject WHERE key = ?", (subject,)).fetchone()
        return None if row is None else int(row[0])

    def rebound_on(self, subject: str) -> int | None:
        """The last day on which the customer was given another link secret, or ``None``."""
        row = self._db.execute(
            "SELECT rebound_on FROM subject WHERE key = ?", (subject,)
        ).fetchone()
        return None if row is None or row[0] is None else int(row[0])

    def _asked(self, offer_id: bytes) -> tuple[IssuanceRequest, str, dict[str, Value]]:
        row = self._db.execute(
            "SELECT request, subject, expected FROM asked WHERE offer_id = ?", (offer_id,)
        ).fetchone()
        if row is None:
            raise IssuanceError("answer: for an offer that nothing was asked about")
        request, subject, expected = row
        return (
            IssuanceRequest.from_bytes(request),
            subject,
            decode(expected, field="asked.expected"),
        )

    def _bind(self, subject: str, pseudonym: bytes, today: int) -> None:
        """Steps 6 and 7, inside the transaction that stores the certificate."""
        row = self._db.execute("SELECT pseudonym FROM subject WHERE key = ?", (subject,)).fetchone()
        if row is not None and row[0] == pseudonym:
            return
        if row is not None and row[0] is not None:  # 6.
            raise IssuanceError(
                "answer: under another link secret than this customer's earlier certificates",
                hint="answer from the wallet that holds them; if it is lost, go to the issuer",
            )
        taken = self._db.execute(
            "SELECT 1 FROM subject WHERE pseudonym = ?"
            " UNION ALL SELECT 1 FROM former_pseudonym WHERE pseudonym = ?",
            (pseudonym, pseudonym),
        ).fetchone()
        if taken is not None:  # 7.
            raise IssuanceError("answer: under a link secret that was another's, or was replaced")
        self._db.execute(
            "INSERT INTO subject (key, pseudonym, bound_on) VALUES (?,?,?)"
            " ON CONFLICT (key) DO UPDATE SET pseudonym = excluded.pseudonym",
            (subject, pseudonym, today),
        )

    def _live(self, subject: str) -> list[bytes]:
        """Offers of the customer whose certificate was issued and not revoked."""
        rows = self._db.execute(
            "SELECT asked.offer_id FROM asked JOIN record USING (offer_id)"
            " WHERE subject = ? AND credential IS NOT NULL"
            " AND asked.offer_id NOT IN (SELECT offer_id FROM revocation)",
            (subject,),
        ).fetchall()
        found = {bytes(row[0]) for row in rows} | set(self._records.issued_to(subject))
        return sorted(found)


def _pseudonym(asked: IssuanceRequest, checked: CheckedAnswer, share: LinkSecret | None) -> bytes:
    """The issuer's pseudonym of the link secret that the certificate will have."""
    if share is None:
        return checked.pseudonym
    N = curve.decode_g1(checked.pseudonym, "pseudonym")
    r = int.from_bytes(share.export_secret(), "big")
    return (N + curve.msm((pseudonym_base(asked.offer),), (r,))).encode()


def _year(day: int) -> int:
    return (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).year
