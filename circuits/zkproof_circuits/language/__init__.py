"""The policy language: grammar, syntax tree, parser, formatter. No meaning yet."""
