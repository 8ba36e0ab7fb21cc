"""See ARCHITECTURE.md for this noun's place."""
