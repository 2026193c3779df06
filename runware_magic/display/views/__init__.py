"""What stands on the screen: widgets, display updates, a terminal."""
