"""A small abstract interpreter: what each expression of a derivative rule can be. It knows nothing of rules."""
