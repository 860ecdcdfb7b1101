"""Stories played for real: world, play, adversary, demo and sample data."""
