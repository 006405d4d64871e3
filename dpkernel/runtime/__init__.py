"""Running cells and functions with their derivatives; start at cell.py."""
