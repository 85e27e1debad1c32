"""Customers: profile, timeline, search, notes, consent, import."""
