"""Queues and the router: who gets what next, with the reason."""
