"""Requests, presentations and their results."""
