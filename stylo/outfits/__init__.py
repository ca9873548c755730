"""Outfits: for each slot the article that people wear with another one."""
