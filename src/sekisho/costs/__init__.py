"""What an incident costs, and what an insurance policy pays of it."""
