"""The verifier: ask, verify, settle each request once."""
