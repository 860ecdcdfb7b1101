"""Webhooks: signed messages to relying parties, by the Standard Webhooks scheme."""
