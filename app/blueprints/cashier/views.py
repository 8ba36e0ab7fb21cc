"""Settlement and payments."""
