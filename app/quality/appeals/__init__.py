"""An agent appeals one interview; somebody decides without knowing whose it is, or what it does to a score."""
