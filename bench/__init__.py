"""How fast Sekisho is and what it needs, beside the floor that no reader of mail can go below."""
