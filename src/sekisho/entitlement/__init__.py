"""The rule: who may hold which policy's data at which time, on which ground, or what is missing."""
