"""The workspace: a folder with its settings, its operational database and what was loaded into it."""
