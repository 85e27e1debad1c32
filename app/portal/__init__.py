"""What customers see: the call page."""
