"""Receipts: one chain for each tenant, read and exported."""
