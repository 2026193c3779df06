"""Values of the notebook as parts of a message: tables, pictures, sources, files."""
