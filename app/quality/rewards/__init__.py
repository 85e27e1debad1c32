"""Reward by rule, visible to everybody; and who is paid on a score and so never interviews for it."""
