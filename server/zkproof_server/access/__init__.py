"""API keys: whose they are, what they open, who may call an endpoint."""
