"""How articles look: photos, the network that reads them, the vectors, and who looks like whom."""
