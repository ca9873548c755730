"""An H&M-shaped shop that is made here: customers with habits, garments that are drawn.

Its tables have Kaggle's names and columns, so that every script can be tried without H&M's data. It is a
test bed: what sells in it follows a formula of ours, and a score on it is no evidence about real customers.
"""
