"""Twilio: the only place that knows its library. Calls and texts of real telephones."""
