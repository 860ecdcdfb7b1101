"""Published lists: what an owner writes to files and anchors, what a holder fetches and checks."""
