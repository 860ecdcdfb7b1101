"""The log over HTTP, for everybody to read."""
