"""Text and libcst modules: what stands where, and what a name can mean."""
