"""The ground floor: clock, dates, text folding, files, errors. Knows nothing of insurance."""
