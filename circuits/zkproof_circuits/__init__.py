"""What must hold: attribute types, schemas, policies and the circuits they compile to.

Nothing in here is cryptography and nothing does I/O besides reading files of this package.
"""
