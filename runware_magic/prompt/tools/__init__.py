"""Functions of the notebook as tools: how a model sees them, and what it may call them with."""
