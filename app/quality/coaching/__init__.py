"""Coaching: one note per agent and closed month, made from what customers said, with a plan."""
