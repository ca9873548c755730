"""What people do with lists of articles: select, export, copy, see as a table."""
