"""What the linter does on real code: findings and resolved share, recall under mutation, and speed."""
