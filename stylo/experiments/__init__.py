"""A/B experiments: definition, assignment, planning, outcomes, analysis. No database, no HTTP, no clock."""
