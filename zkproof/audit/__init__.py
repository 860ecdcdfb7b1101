"""The auditor's side: a key that several authorities hold together, and what they open with it."""
