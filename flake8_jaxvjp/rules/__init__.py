"""The rules, one file a code; adding one touches no other file."""
