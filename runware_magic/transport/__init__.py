"""HTTP, endpoints and keys."""
