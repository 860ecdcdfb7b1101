"""The holder's side: the encrypted store of credentials, and choosing among them."""
