"""Calls of the telephone network: what callers hear and press, what the carrier reports, and what it is told."""
