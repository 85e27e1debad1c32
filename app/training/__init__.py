"""The road to the headset: class, supervised practice, exam, certificate, for each person and queue."""
