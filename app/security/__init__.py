"""Who somebody is, what they may do, and how both are proven: the same rules for pages and sockets."""
