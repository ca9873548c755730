"""Evaluation."""

from __future__ import annotations

EVALUATION = "Evaluation"
MADE_AT = "{script}.py, {at:%-d %b %Y, %H:%M} UTC"
OVER_A_WEEK = "Mean over {lists:,} lists, one for each customer who bought in the {days} days from {cutoff}."
OVER_WEEKS = (
    "Mean over {lists:,} lists for customers who bought in any of {weeks} weeks, the last starting {cutoff}."
)
OVER_SOME = "Mean over the lists for customers who bought."
GENERATED = (
    "This shop is made up: the garments are drawn, and the shoppers follow rules we wrote. Its scores show that "
    "everything works; they say nothing about real shoppers."
)
ONLY_BASELINES = "Only the baselines are shown."
OTHER_SPLIT = "These scores are for the cutoff {of}, but the data are now split at {now}. Run final.py again."
OUTDATED_SCORES = "The data have changed since these scores were computed. {reason} {cure}"
NOT_IN_REPORT = (
    "Missing from this report, which was made by another version of final.py. Run it again: {command}"
)
METRICS = {"map@12": "MAP@12", "recall@12": "Recall@12", "ndcg@12": "NDCG@12"}
METRIC = "Metric"
METRIC_HELP = """
**MAP@12** rewards a list of twelve for each article that was bought, and more the higher it is ranked: 1 is a perfect
list, 0 is no hit. **Recall@12** is the share of purchased articles that are in the list. **NDCG@12** also rewards high
ranks, but falls more slowly with the rank. **×** is the MAP@12 as a multiple of that of last week’s bestsellers.
"""
INTERVAL_HELP = """
The thin line is the **95 % interval** (bootstrap over customers): of twenty intervals made in this way, each from other
customers of the same kind, about nineteen contain the true mean. It says nothing about other weeks or seasons.
Differences are **paired**: each list is compared with the rival’s list for the same customer, so their interval is
narrower than the individual intervals suggest.
"""
LADDER = "Accuracy by model"
LADDER_ALT = "{metric} of each model with its 95 % interval: {values}."
FEW_LISTS = (
    "These scores come from {lists:,} lists only. With other customers they may differ a lot: look at the intervals, "
    "not at the order of the models."
)
IN_THIS_METRIC = (
    "{ours}: {value}; “{rival}”: {other}; {difference} in {metric}. Whether this may be due to chance was tested for "
    "MAP@12 only."
)
AGAINST_RIVAL = "{ours} compared with “{rival}”: {difference} [{low}, {high}] in MAP@12, {verdict}."
AHEAD = "significantly better"
BEHIND = "significantly worse"
UNDECIDED = "which may be due to chance"
BEST = "“{model}” has the best {metric}: {value}."
TIMES = "× {times:.1f}"
TABLE = "Show as a table"
DOWNLOAD = "Download as CSV"
LADDER_COLUMNS = {
    "model": "Model",
    "map@12": "MAP@12",
    "map@12_low": "from",
    "map@12_high": "to",
    "recall@12": "Recall@12",
    "ndcg@12": "NDCG@12",
    "times_popularity": "× popularity",
    "difference": "Difference from the rival",
    "difference_low": "from ",
    "difference_high": "to ",
}
BY_WEEK = "Week by week"
BY_WEEK_SAYS = (
    "In {metric}, {ours} is ahead of “{rival}” in {won} of {weeks} weeks. Single weeks have few lists and fluctuate a "
    "lot."
)
BY_WEEK_ALT = "{metric} of each model in each of {weeks} weeks."
BY_WEEK_COLUMNS = {"cutoff": "Week starting", "model": "Model", "lists": "Lists", **METRICS}
FOR_WHOM = "Accuracy by customer group"
SEGMENTS = {
    "recency": "By days since the last purchase",
    "activity": "By articles bought in the last year",
}
SEGMENT_SAYS = (
    "In MAP@12, the hybrid beats “{rival}” in groups to the right of the dotted line; the lead is statistically "
    "significant in {won} of {count} groups."
)
SEGMENT_ALT = "MAP@12 of the hybrid minus that of {rival}, {segment}: {values}."
SEGMENT_COLUMNS = {
    "segment": "Group",
    "model": "Model",
    "lists": "Lists",
    "map@12": "MAP@12",
    "difference": "Difference from the rival",
    "difference_low": "from",
    "difference_high": "to",
}
SEGMENT_NAME = "{segment} ({lists:,} lists)"
COLD = "Cold start: articles never bought before"
COLD_SAYS = (
    "{bought:,} of the purchases were of articles never sold before their week. All that is known about these is "
    "their photo and description, which makes them the hardest to recommend."
)
COLD_HELP = "In the hybrid’s lists, down to rank 100 where they hold more than twelve articles."
COLD_NONE = "In these weeks, nobody bought an article that had never been sold before."
COLD_FIGURES = {
    "recall@12": "Found among the first 12",
    "recall@100": "Found among the first 100",
    "hit_rate@12": "Customers with a hit in 12",
    "hit_rate@100": "Customers with a hit in 100",
    "share_of_recommendations": "Share of all recommendations",
}
EARNS = "What each strategy contributes"
EARNS_SAYS = (
    "“{best}” proposed the most hits: {hits:,}. Each bar shows the share of all purchases that a strategy proposes; "
    "the dark part is the share among its own first twelve."
)
EARNS_ALT = "Share of purchases proposed by each strategy, best first: {values}."
STRATEGY_COLUMNS = {
    "strategy": "Strategy",
    "recommended": "In the lists",
    "hits": "Hits",
    "alone": "Hits proposed by it alone",
    "first": "Hits it ranked highest",
    "recall@12": "Recall of its first twelve",
    "recall@all": "Recall of all its proposals",
}
FOUND_AT = "Recall by list length"
FOUND_AT_SAYS = (
    "Of all purchases, {short:.1%} are among the hybrid’s first twelve and {all:.1%} among all candidates; no "
    "ranking of the candidates could find more."
)
FOUND_AT_ALT = "Share of purchases found: {values}."
FOUND_AT_COLUMNS = {"place": "Among the first", "recall": "Share of purchases found"}
PLACES = "Among the first …"
ALL_PLACES, ALL_OF = "all", "all {count:,.0f}"
LOST = "Where purchases are lost"
LOST_SAYS = (
    "Of {bought:,} purchases, {hit:.1%} were recommended, {low:.1%} were candidates ranked too low, and {never:.1%} "
    "were not proposed by any strategy."
)
LOST_ALT = "Outcome of purchases, by kind: {values}."
LOSS_KINDS = {
    "all": "All purchases",
    "never sold": "Never sold before",
    "repurchase": "Already owned",
    "variant": "Variant of an owned article",
    "sold to others": "Sold to others before",
}
OUTCOMES = {"hit": "Recommended", "ranked low": "Ranked too low", "not proposed": "Not proposed"}
LOST_COLUMNS = {"kind": "Kind", "bought": "Purchases", **OUTCOMES}
BEYOND = "Beyond-accuracy metrics"
BEYOND_SAYS = (
    "What the lists are like, whether or not they are right: how much of the shop they cover, how far they go beyond "
    "bestsellers, and how varied they are."
)
BEYOND_COLUMNS = {
    "model": "Model",
    "articles": "Articles",
    "coverage_of_sold": "Coverage of articles sold",
    "coverage_of_catalogue": "Coverage of the catalogue",
    "novelty": "Novelty",
    "product_type_diversity": "Diversity of types",
    "department_diversity": "Diversity of departments",
    "bestseller_share": "Bestsellers",
    "bestseller_share_of_purchases": "Bestsellers among purchases",
    "gini": "Gini",
}
BEYOND_HELP = {
    "articles": "Distinct articles recommended to anyone in a week",
    "coverage_of_sold": "Share of articles sold in the last four weeks that are recommended to anyone",
    "coverage_of_catalogue": "The same for the whole catalogue",
    "novelty": "In bits: one bit more means half as popular",
    "product_type_diversity": "Share of pairs in a list whose types differ",
    "department_diversity": "Share of pairs in a list whose departments differ",
    "bestseller_share": "Share of recommendations that go to the best-selling 1 % of articles",
    "bestseller_share_of_purchases": "The same for what was actually bought",
    "gini": "0: all articles are recommended equally often; 1: a single article gets every recommendation",
}
HITS_AND_MISSES = "Hits and misses"
HITS_AND_MISSES_SAYS = (
    "Lists for the week from {cutoff}, drawn at random: some with a hit near the top, some that missed."
)
OTHERS = "Show others"
RIGHT, WRONG = "Hit at No. {rank}", "Missed"
WAS_BOUGHT = "Bought that week"
LIST_OF = "Recommended for {customer}"
OPEN_SHOPPER = "Open this shopper"
NO_HITS = "None of the lists examined had a hit."
NO_MISSES = "None of the lists examined missed completely."
