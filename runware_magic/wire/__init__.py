"""Talks: a request goes out, bytes come in and become events."""
