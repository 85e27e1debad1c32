"""A loopback Twilio for tests and the demo: never evidence about the real one (see README.md)."""
