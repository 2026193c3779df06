"""The commands of ``%runware``."""
