"""Calls from the first click to the saved wrap-up, whatever provider carries them."""
