"""A shop's own exports become the three CSVs that everything else starts from."""
