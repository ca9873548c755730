"""Candidates: which articles might a customer buy next? One retrieval strategy a file, all behind one contract."""
