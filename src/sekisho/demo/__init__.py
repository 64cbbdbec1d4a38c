"""An invented small industry: its registry, mails and logs, with the leaks planted in it."""
