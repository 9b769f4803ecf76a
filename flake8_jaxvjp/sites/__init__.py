"""Where derivative rules are given, and what is known of each: one module an API."""
