"""Composite proofs: one challenge over several signatures and statements about what they hide."""
