"""Letters to the persons concerned: who gets one, how it is addressed, laid out, printed, and what became of it."""
