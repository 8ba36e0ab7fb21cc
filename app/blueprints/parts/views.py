"""The parts desk."""
