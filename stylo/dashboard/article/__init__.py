"""An article: its page, and what stands on its shelves."""
