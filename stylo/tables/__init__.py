"""Tables: what the columns are, how CSV becomes Parquet, where time is cut."""
