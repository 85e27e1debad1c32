"""Messages of callers whom nobody answers: recorded on their page, then a ticket like any other."""
