"""Who is who, dated: the tables of the registry, read, checked and loaded."""
