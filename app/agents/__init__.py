"""Agents: presence, intent and load; teams, skills and break codes."""
