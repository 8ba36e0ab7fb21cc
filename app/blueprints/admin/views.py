"""Staff, terminals, settings, import, audit."""
