"""Outgoing webhooks: what happened in the house, told to programs of others."""
