"""The command line: translates words into calls and answers into text. No rule lives here."""
