"""Compare: two to four articles side by side."""
