"""Pure functions that render text and turns as safe output."""
