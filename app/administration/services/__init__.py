"""What administrators and supervisors change, by subject."""
