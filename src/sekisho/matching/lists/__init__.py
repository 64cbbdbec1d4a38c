"""Lists in tables and text: their header words, rows and cells."""
