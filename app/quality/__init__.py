"""Quality callbacks: a customer is asked how a contact was, by somebody who had no part in it."""
