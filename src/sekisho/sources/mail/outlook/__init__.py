"""Outlook's own formats (MSG, PST/OST, TNEF), turned into RFC 822 so that one reader reads all mail."""
