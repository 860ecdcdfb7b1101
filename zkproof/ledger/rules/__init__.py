"""The rules of `zkproof.ledger.fold`, one file for each party and kind of statement."""
