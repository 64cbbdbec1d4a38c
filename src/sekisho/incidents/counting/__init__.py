"""Counting: findings → who is concerned, what is counted line by line, and every figure of it (docs/counting.md)."""
