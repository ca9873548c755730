"""Ranking: many candidate lists become one."""
