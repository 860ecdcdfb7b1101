"""zkproof: selective disclosure and predicate proofs over BBS-signed credentials.

This file imports nothing, so that the ground (`zkproof.errors`, `zkproof.codec`,
`zkproof.clock`) stays open to every other package without dragging in the rest.
"""
