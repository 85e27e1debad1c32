"""A demo organisation: an invented express carrier with its people, customers and two months of history."""
