"""The questions of quality calls: versions, what is asked now, and what counts as answered."""
