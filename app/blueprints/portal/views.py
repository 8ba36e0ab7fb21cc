"""The customer's own pages, opened by a signed link."""
