"""What users see: a turn while it streams, and when it has settled."""
