"""The standalone command: the same engine without flake8, for terminals, servers, hooks, notebooks and documents.

The way of the data: `settings` says what is asked, `files` which files, `reading` and `documents` turn bytes into
sources, `linting` makes results of them, `parallel` does so on several cores, `formats` writes results down.
"""
