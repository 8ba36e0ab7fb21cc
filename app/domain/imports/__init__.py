"""Import of what a dealer's old system exports; decisions on each kind of dirt stand in README.md beside this file."""
