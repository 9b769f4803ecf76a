"""Small edits of right derivative rules: breakages that JAX surely rejects, rewrites that change nothing for JAX.

`targets` finds a rule and its parts in a source, `edits` changes a source at exact places, `registry` holds each
kind of mutation with what JAX does about it, and the other modules are the mutations themselves.
"""
