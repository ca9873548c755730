"""Operations: what is live, and how it does."""
