"""What has to be answered for: findings counted and grouped."""
