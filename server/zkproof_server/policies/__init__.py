"""Policies that a tenant keeps here, in versions."""
