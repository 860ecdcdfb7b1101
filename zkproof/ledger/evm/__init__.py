"""A ledger on a chain: one contract holds the order of the entries, every reader judges them.

``contracts/Registry.sol`` is its source, ``registry.json`` beside this file what it compiles to.
"""
