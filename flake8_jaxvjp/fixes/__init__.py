"""Edits that put findings right: rules say what is to be written instead, this package writes it into the file."""
