"""Runs: minimising a number that a cell computes. Start at run.py."""
