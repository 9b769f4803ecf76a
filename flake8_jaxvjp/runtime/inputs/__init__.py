"""Where example arguments come from when a file is verified without a test: hint, annotations, defaults, search."""
