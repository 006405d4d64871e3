"""Code from programs: listings for people. Start at listing.py."""
