"""The HTTP service: verification, issuance, policies, receipts, ledger reads and console."""
