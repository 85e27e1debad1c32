"""SMS out and in, opt-outs, templates, and the demo's handsets."""
