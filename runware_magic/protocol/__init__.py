"""Chat Completions and server-sent events, without I/O."""
