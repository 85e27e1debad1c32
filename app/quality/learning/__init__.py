"""Learning: what a team lacks in a quarter, the courses for it, and what they cost."""
