"""The command line, a file per command; each imports what it needs when it runs."""
