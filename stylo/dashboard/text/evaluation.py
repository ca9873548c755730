"""Evaluation."""

from __future__ import annotations

EVALUATION = "Evaluation"
MADE_AT = "{script}.py, {at:%-d %b %Y, %H:%M} UTC"
OVER_A_WEEK = (
    "Averages over {lists:,} lists, one for each shopper who bought in the {days} days from "
    "{cutoff:%-d %b %Y}."
)
OVER_WEEKS = (
    "Averages over {lists:,} lists, one for each shopper who bought in one of {weeks} weeks; the last week starts on "
    "{cutoff:%-d %b %Y}."
)
OVER_SOME = "Averages over one list for each shopper who bought."
GENERATED = (
    "This is a demo shop: garments are drawn and shoppers are simulated. Its scores show that everything works; they "
    "say nothing about real shoppers."
)
ONLY_BASELINES = "Only the baselines are shown."
OTHER_SPLIT = (
    "These scores are for the cutoff {of:%-d %b %Y}, but the data are now split at {now:%-d %b %Y}. Run final.py "
    "again."
)
OUTDATED_SCORES = "The data have changed since these scores were computed. {reason} {cure}"
NOT_IN_REPORT = (
    "Missing from this report, which was made by another version of final.py. Run it again: {command}"
)
METRICS = {"map@12": "MAP@12", "recall@12": "Recall@12", "ndcg@12": "NDCG@12"}
METRIC = "Metric"
METRIC_HELP = """
All three compare each list of twelve with what the shopper bought that week; higher is better.

- **Recall@12**: the share of the articles bought that are in the list. The easiest to explain.
- **MAP@12**: also counts how high up they are; 1 is a perfect list, 0 has no hit. Decides Kaggle’s competition.
- **NDCG@12**: counts rank too, but a hit at the bottom costs less.

**×** is MAP@12 as a multiple of that of the bestsellers of the week before.
"""
INTERVAL_HELP = """
The thin line is the **95% interval** (bootstrap over shoppers): of twenty intervals made in this way, each from other
shoppers of the same kind, about nineteen contain the true mean. It says nothing about other weeks or seasons.
Differences are **paired**: each list is compared with the rival’s list for the same shopper, so their interval is
narrower than those of the two models. A difference is **significant** if its interval does not contain zero.
"""
LADDER = "Accuracy by model"
LADDER_ALT = "{metric} of each model with its 95% interval: {values}."
FEW_LISTS = (
    "These scores come from only {lists:,} lists. With other shoppers they could differ a lot: look at the intervals,"
    " not at the order of the models."
)
IN_THIS_METRIC = (
    "{ours}: {value}; “{rival}”: {other}; {difference} in {metric}. Significance was tested for MAP@12 only."
)
AGAINST_RIVAL = "{ours} against “{rival}”: {difference} [{low}, {high}] in MAP@12, {verdict}."
AHEAD = "significantly better"
BEHIND = "significantly worse"
UNDECIDED = "not significant"
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
    "times_popularity": "× bestsellers",
    "difference": "Difference from the rival",
    "difference_low": "from ",
    "difference_high": "to ",
}
BY_WEEK = "Week by week"
BY_WEEK_SAYS = (
    "In {metric}, {ours} is ahead of “{rival}” in {won} of {weeks} weeks. Single weeks have few"
    " lists and vary a lot."
)
BY_WEEK_HELP = """
The same models, scored on one week at a time: each week, a model sees only what was sold before it. A lead that holds
in most weeks will likely hold in the next one; a lead from one good week may not.
"""
BY_WEEK_ALT = "{metric} of each model in each of {weeks} weeks."
BY_WEEK_COLUMNS = {"cutoff": "Week starting", "model": "Model", "lists": "Lists", **METRICS}
FOR_WHOM = "Who it works for"
SEGMENTS = {
    "recency": "By time since the last purchase",
    "activity": "By articles bought in the last year",
}
#: The labels of reports, for people.
SEGMENT_LABELS = {
    "≤ 7 days": "Within 7 days",
    "8–30": "8–30 days ago",
    "31–90": "31–90 days ago",
    "> 90": "Over 90 days ago",
    "never": "First purchase",
    "0": "No articles",
    "1–4": "1–4 articles",
    "5–14": "5–14 articles",
    "15–39": "15–39 articles",
    "40+": "40 articles or more",
}
SEGMENT_SAYS = (
    "Right of the dotted line, the hybrid beats “{rival}” in MAP@12; the lead is significant in {won} of {count} "
    "groups."
)
SEGMENT_HELP = """
Each dot is the MAP@12 of the hybrid minus that of its rival, for one group of shoppers: where it stands right of
zero, these shoppers get better lists. Use it to decide whom to show recommendations to, and whom to show bestsellers.
"""
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
COLD = "New articles"
COLD_SAYS = (
    "{bought:,} purchases were of articles never sold before their week. Nothing but their photo and description is "
    "known, which makes them the hardest to recommend."
)
COLD_HELP = (
    "Known as cold start. In the hybrid’s lists, continued to rank 100 where there are more "
    "than twelve candidates."
)
COLD_NONE = "Nobody bought an article in these weeks that had never been sold before."
COLD_FIGURES = {
    "recall@12": "In the first 12",
    "recall@100": "In the first 100",
    "hit_rate@12": "Shoppers with a hit in 12",
    "hit_rate@100": "Shoppers with a hit in 100",
    "share_of_recommendations": "Share of recommendations",
}
COLD_FIGURES_HELP = {
    "recall@12": "Share of these purchases that were among the first twelve recommendations.",
    "recall@100": "Share of these purchases that a list of a hundred would have contained.",
    "hit_rate@12": "Of the shoppers who bought a new article: the share who saw at least one of theirs in the twelve.",
    "hit_rate@100": "The same for a list of a hundred.",
    "share_of_recommendations": "How much of what the hybrid shows anyone is new to the shop.",
}
EARNS = "What each strategy adds"
EARNS_SAYS = (
    "“{best}” proposed the most hits: {hits:,}. A bar is the share of purchases that a strategy proposes at all; its "
    "dark part, the share among its first twelve."
)
EARNS_HELP = """
A strategy proposes up to 50 articles for each shopper; the hybrid ranks all proposals together. **Hits proposed by it
alone** would be lost without it. Several strategies may propose the same article, so bars do not add up to 100%.
"""
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
    "{short} of all purchases are in the hybrid’s first twelve and {all} among all candidates, which no ranking of "
    "these candidates can exceed."
)
FOUND_AT_HELP = """
How much a longer list would find. A steep rise after twelve means that the right articles are proposed but ranked too
low; a low end means that they are not proposed at all.
"""
FOUND_AT_ALT = "Share of purchases found: {values}."
FOUND_AT_COLUMNS = {"place": "List length", "recall": "Share of purchases found"}
PLACES = "List length"
ALL_PLACES, ALL_OF = "all", "all {count:,.0f}"
LOST = "Where purchases are missed"
LOST_SAYS = (
    "Of {bought:,} purchases, {hit} were recommended, {low} were candidates ranked too low, and {never} were not "
    "proposed by any strategy."
)
LOST_HELP = """
What an article was to its shopper when they bought it, and what became of it. **Ranked too low**: a better ranker
would find it. **Not proposed**: only a better or a new strategy would.
"""
LOST_ALT = "Outcome of purchases, by kind: {values}."
LOSS_KINDS = {
    "all": "All purchases",
    "never sold": "New to the shop",
    "repurchase": "Bought before by the shopper",
    "variant": "Variant of a purchase",
    "sold to others": "Sold to others before",
}
OUTCOMES = {"hit": "Recommended", "ranked low": "Ranked too low", "not proposed": "Not proposed"}
LOST_COLUMNS = {"kind": "Kind", "bought": "Purchases", **OUTCOMES}
BEYOND = "Beyond accuracy"
BEYOND_SAYS = (
    "What the lists are like, right or wrong: how much of the shop they show, how far they go beyond bestsellers, and"
    " how varied they are."
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
    "articles": "Distinct articles recommended to anyone in a week; more means that more of the shop is seen",
    "coverage_of_sold": "Share of articles sold in the last four weeks that are recommended to anyone",
    "coverage_of_catalogue": "The same for the whole catalogue",
    "novelty": "How rarely the recommended articles sell, in bits: one bit more means half as popular",
    "product_type_diversity": "Share of pairs in a list whose types differ",
    "department_diversity": "Share of pairs in a list whose departments differ",
    "bestseller_share": "Share of recommendations that go to the best-selling 1% of articles",
    "bestseller_share_of_purchases": "The same for what was actually bought",
    "gini": "0: all articles are recommended equally often; 1: a single article gets every recommendation",
}
BEYOND_FIGURES_HELP = "\n".join(
    f"- **{BEYOND_COLUMNS[name]}**: {said}." for name, said in BEYOND_HELP.items()
)
HITS_AND_MISSES = "Hits and misses"
HITS_AND_MISSES_SAYS = (
    "Lists for the week from {cutoff:%-d %b %Y}, drawn at random: some with a hit near the top,"
    " some without any."
)
HITS_AND_MISSES_HELP = (
    "“Hit at No. 3” means that the third recommendation was bought that week; “Missed”, that none was."
)
OTHERS = "Show others"
RIGHT, WRONG = "Hit at No. {rank}", "Missed"
WAS_BOUGHT = "Bought that week"
LIST_OF = "Recommended for {customer}"
OPEN_SHOPPER = "View shopper"
NO_HITS = "No list that was looked at has a hit."
NO_MISSES = "Every list that was looked at has a hit."
