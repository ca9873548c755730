"""Shopper: the list of customers, and one of them."""
