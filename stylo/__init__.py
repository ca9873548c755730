"""StyloAI: fashion discovery from what people buy, what articles are, and how they look."""

__version__ = "0.1.0"
