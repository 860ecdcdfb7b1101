"""Files of records as an issuer has them: CSV or bank statements, told apart by their content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from zkproof import files
from zkproof.errors import UsageError
from zkproof.files import unreadable
from zkproof.issuer.camt053 import read_statements
from zkproof.issuer.csv_form import PLAIN, CsvForm
from zkproof.issuer.csv_rows import MAX_FILE_BYTES, read_csv
from zkproof.issuer.deposits import VALID_DAYS, deposit_rows
from zkproof.issuer.rows import BadRow, Row, Warn
from zkproof.issuer.xml_stream import looks_like_xml
from zkproof_circuits.schema import Schema


@dataclass(frozen=True, slots=True)
class BulkSource:
    """A file, and what has to be known to read it.

    ``residency`` and ``valid_days`` are for bank statements, which say neither; ``form`` is for
    CSV.
    """

    path: Path
    form: CsvForm = PLAIN
    residency: str = "MO"
    valid_days: int = VALID_DAYS

    def rows(
        self, schema: Schema, *, bank: str, salt: Callable[[], bytes], warn: Warn
    ) -> Iterator[Row | BadRow]:
        """Rows in the order of the file.

        Raises `DecodeError` when the file as a whole cannot be read, `UsageError` when it is not
        there or cannot be meant.
        """
        if not self._is_xml():
            data = files.read(self.path, max_bytes=MAX_FILE_BYTES)
            return read_csv(data, schema, self.form, warn=warn)
        if not 0 < self.valid_days <= 3660:
            raise UsageError("valid days: 1 to 3660")
        return deposit_rows(
            read_statements(self.path),
            schema,
            bank=bank,
            residency=self.residency,
            salt=salt(),
            valid_days=self.valid_days,
        )

    def _is_xml(self) -> bool:
        try:
            with self.path.open("rb") as file:
                return looks_like_xml(file.read(1024))
        except OSError as error:
            raise unreadable(self.path, error) from None
