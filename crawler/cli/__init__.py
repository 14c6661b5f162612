"""The command line: one file per command, each importing its worker only when it runs."""
