"""Values of a conversation, without I/O: messages, turns, versions, records. Needs the standard library only."""
