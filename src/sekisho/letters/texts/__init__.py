"""What letters and the public notice say, from texts that a user may replace (B5, B6)."""
