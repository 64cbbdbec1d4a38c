"""Where the rule runs. Every engine runs the text of ``rule.sql``, translated by ``dialects`` where it must be."""
