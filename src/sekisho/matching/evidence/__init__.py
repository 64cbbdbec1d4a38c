"""What the hits of a message prove, and how surely."""
