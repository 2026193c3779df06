"""Runs calls: sends, follows, pays for, checks and keeps them."""
