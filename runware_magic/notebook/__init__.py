"""Keeps: what a saved notebook tells, and what is written out of it."""
