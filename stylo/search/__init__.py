"""Finding articles by what a person types and ticks: words, forgiving of spelling, and facets with counts."""
