"""The programs in which people meet the linter, each run for real; skipped where one is not installed."""
