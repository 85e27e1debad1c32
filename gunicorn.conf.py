"""What every web process has in common; gunicorn reads this file by itself. The rest stands on its command line."""

#: Each open page holds a connection for as long as it is open: gunicorn's 1,000 would turn away the next.
worker_connections = 10_000
