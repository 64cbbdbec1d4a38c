"""Counting: findings → who was concerned, what was counted line by line, and every figure made of it (docs/counting.md)."""
