"""The supervisors' wallboard: figures of the day, breaches of thresholds, what the wall shows."""
