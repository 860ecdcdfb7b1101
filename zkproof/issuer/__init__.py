"""The issuer's office: records, imports from its own files, registration."""
