"""Keys at rest and in use: Ed25519 signing, sealed key files, keyrings."""
