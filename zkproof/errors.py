"""The one family of errors.

An error is raised for wrong use and for unreadable input. An untrusted proof that
was read but does not hold is not an error: functions named in a draft return
``False``, and verifying a presentation returns a ``Refusal`` with a stable code.

Four members say whose turn it is, and none is a kind of another, so that ``except`` means
what it says: `UsageError` (the caller changes the call), `NotFoundError` (the name or the
thing is missing), `ConflictError` (the state of things stands against it), `RemoteError`
(another program failed). `DecodeError` is for what was read; the others name their subject.

Messages name the field and the rule that was broken. They never carry a secret, nor
a value that came with hidden attributes. ``hint`` tells a person what to do next.
"""

from __future__ import annotations


class ZkProofError(Exception):
    """Root of the family: a message for people, and optionally a hint what to do next."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ZkProofError, ValueError):
    """A caller's mistake: wrong type, length, range or order of an argument.

    The same call is wrong at every time and place; only the caller can change that.
    """


class NotFoundError(ZkProofError, LookupError):
    """A named thing is not there: a file, key, list, schema, credential or reference."""


class ConflictError(ZkProofError):
    """The call is understood, but what is there does not permit it.

    Something exists already, was published, revoked or answered before, has ended or is not
    complete; a file cannot be written; or the values contradict the statement to be proven.
    """


class RemoteError(ZkProofError):
    """Another program cannot be reached, or does not answer as agreed. A later try may work."""


class DecodeError(ZkProofError, ValueError):
    """Bytes or text from outside that are not the one accepted encoding.

    ``field`` names the part that was refused, for example ``proof.Abar``.
    """

    def __init__(self, field: str, rule: str, *, hint: str | None = None) -> None:
        super().__init__(f"{field}: {rule}", hint=hint)
        self.field = field
        self.rule = rule


class BackendError(ZkProofError, RuntimeError):
    """The curve backend asked for is not installed or does not work here."""


class SchemaError(ZkProofError, ValueError):
    """A schema, or a value held against it, breaks a rule of the type system."""


class PolicyError(ZkProofError, ValueError):
    """A policy text cannot be compiled. ``line`` and ``column`` count from 1.

    ``text`` names the text that they count in, when it is not the one that was given: another
    policy that it includes, or itself with everything included.
    """

    def __init__(
        self,
        reason: str,
        *,
        line: int | None = None,
        column: int | None = None,
        text: str | None = None,
        hint: str | None = None,
    ) -> None:
        where = "" if line is None else f"line {line}, column {column}"
        if text is not None:
            where += f" of {text}" if where else text
        super().__init__(f"{where}: {reason}" if where else reason, hint=hint)
        self.reason = reason
        self.line = line
        self.column = column
        self.text = text

    def inside(self, text: str) -> PolicyError:
        """The same, said of another text than the one that was given; the innermost counts."""
        return PolicyError(
            self.reason, line=self.line, column=self.column, text=self.text or text, hint=self.hint
        )


class IssuanceError(ZkProofError):
    """An issuing request or a credential that must not be signed or accepted."""


class LedgerError(ZkProofError):
    """A ledger entry, proof or checkpoint that is refused, or a damaged store."""


class WalletError(ZkProofError):
    """A wallet that cannot be opened, or that holds nothing answering a request."""


class AuditError(ZkProofError):
    """A key ceremony or an opening that must not go on; names the authority at fault."""
