"""The register of what customers need and suggest: who said it, who takes care of it, and what they were answered."""
