"""One step each. A step that was released never changes."""
