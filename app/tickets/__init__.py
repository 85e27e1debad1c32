"""Tickets: written requests, routed beside the calls."""
