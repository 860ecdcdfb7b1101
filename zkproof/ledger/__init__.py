"""The ledger: signed entries in an append-only log, and the trust that follows from them."""
