"""The standalone command: each subcommand, run as a user runs it."""
