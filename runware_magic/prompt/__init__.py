"""Parses what the user wrote into options and messages."""
