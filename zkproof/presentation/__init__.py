"""From a verifier's request to its report: one presentation, what it shows and what it proves."""
