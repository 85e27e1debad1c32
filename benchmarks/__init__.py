"""Measurements of the real product against a reference in the same run; see README.md."""
