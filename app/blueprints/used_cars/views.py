"""The used-car desk."""
