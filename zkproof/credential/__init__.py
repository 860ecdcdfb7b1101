"""Typed credentials: encoding to scalars, issuing, and the trust they are checked against."""
