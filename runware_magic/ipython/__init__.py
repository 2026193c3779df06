"""The extension: magics, commands, class settings."""
