"""Certificates of the people on the floor."""
