"""Administration: who serves what, by which rules, with which codes and texts; and the log of who changed it."""
