"""Customer care: follow-up calls."""
