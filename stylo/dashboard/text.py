"""All text the dashboard shows, in one place, and text from the data escaped for Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.similar_articles import SameStyle, StyleNeighbours, VisualTwins
from stylo.recommender import HYBRID
from stylo.user_paths import printable

TITLE = "StyloAI"
DISCOVER = "Discover"
#: What the browser's tab is called.
TAB = "{words} · StyloAI"

# Notices
OPENING = "Opening the shop …"
NOTHING_YET = "Nothing to show yet"
NOTHING_YET_HELP = """
This data folder contains no tables. Either make the demo shop (drawn garments, made-up shoppers):

```
make demo
```

or put Kaggle's three CSV files in the folder and convert them to tables:

```
python data_optim.py --data {data}
```
"""
CHANGED = "This shop’s files have been replaced. You are still seeing the old ones."
RELOAD = "Load the new files"
PART_MISSING = "Nothing to show here until its script has run:"
NO_PHOTOS = "No photos: {reason}"
THUMBNAILS_ONLY = "The photos are missing; their stored thumbnails are shown instead. {reason}"
NO_PHOTO = "No photo"
UNTRAINED = (
    "Untrained network (random weights): matches share colours and textures rather than the type of garment, and "
    "their percentages say little."
)

# Discover
QUERY_TAB = "“{query}”"
SEARCH = "Find an article"
SEARCH_HINT = "Name, type, colour, words from the description, or article number"
LANDING = "Best sellers"
LANDING_CAPTION = "{count:,} articles, ordered by sales in the week before {as_of}."
CATALOGUE = "Catalogue"
CATALOGUE_CAPTION = "Choose an article to see its details."
NO_RESULTS = "Nothing found for “{query}”. Try another word, a colour, or part of an article number."
NOT_ALL_WORDS = "No article matches all of these words; those that match the most come first."
CORRECTED = "Showing results for “{query}”."
IGNORED = "Nothing matches “{words}”; showing results for the other words."
NOTHING_LEFT = "No articles left. Try fewer filters, a wider price range, or other words."
RESULTS_LABEL = "Articles"
NEW = "New"
SORT = "Sort by"
SORTS = {
    "relevance": "Best match",
    "sales": "Sales in the last week",
    "newest": "Newest first",
    "cheapest": "Price, low to high",
    "dearest": "Price, high to low",
}
FILTERS = "Filters"
CLEAR = "Clear all"
MORE = "{count} more"
#: Facet → its name in the address, and for people.
FACET_KEYS = {
    "section": "section",
    "product_type": "type",
    "colour": "colour",
    "pattern": "pattern",
    "season": "season",
    "new": "new",
    "photo": "photo",
}
FACETS = {
    "section": "Section",
    "product_type": "Type",
    "colour": "Colour",
    "pattern": "Pattern",
    "season": "Best-selling season",
    "new": "New arrivals",
    "photo": "Photo",
}
LABELS = {("new", "yes"): "First sold in the last four weeks", ("photo", "yes"): "Has a photo"}

# Cards
SCROLL_BACK = "Scroll back"
SCROLL_ON = "Scroll forward"

# An article
UNKNOWN_ARTICLE = "There is no article {article} in this catalogue."
NOT_AN_ID = "“{article}” is not an article number: ten digits with a leading zero, such as 0706016001."
OPEN_ARTICLE = "Open {article}"
IS_IT = "“{article}” lacks its leading zero. Did you mean 0{article}?"
ALL_ARTICLES = "All articles"
BACK = "Back to results"
#: By the path of the page that an article was opened from; BACK for all others.
BACK_TO = {"map": "Back to the map", "shopper": "Back to the shopper", "evaluation": "Back to Evaluation"}
VARIANTS = "Other variants of this product"
NO_NEIGHBOURS = "Nothing to show here for this article."
NOTHING_NEAR = "Nothing else in this shop looks like this article. The nearest are shown all the same."
NO_TWINS = "This article has no vector: its photo is missing, unreadable, or was left out."
SHELVES = {
    HYBRID: (
        "Recommended with it",
        "Articles similar in style, bought together or similar in look, in one list, based on data before {as_of}.",
    ),
    BoughtTogether.name: ("Bought together", "Articles found in the same baskets."),
    StyleNeighbours.name: (
        "Style neighbours",
        "Articles with similar descriptions and attributes, among those sold recently.",
    ),
    SameStyle.name: ("Same style", "Same department, product type or colour; best sellers first."),
    VisualTwins.name: (
        "Visual twins",
        "Articles with the most similar photos. Choose what matters: overall look, shape, colours or pattern.",
    ),
}
PROPOSED_BY = {
    BoughtTogether.name: "bought together",
    SameStyle.name: "same style",
    StyleNeighbours.name: "similar in style",
    VisualTwins.name: "looks similar",
}
STRENGTH = "{share:.0%} as strong as the first"
WEIGHTS = {"look": "Look", "shape": "Shape", "colour": "Colour", "pattern": "Pattern"}
SAME_PRODUCT = "Include the same product"
FACTS = {
    "product_type_name": "Type",
    "product_group_name": "Group",
    "colour_group_name": "Colour",
    "graphical_appearance_name": "Pattern",
    "section_name": "Section",
    "department_name": "Department",
    "index_group_name": "Range",
    "season": "Sells best in",
    "article_id": "Article",
}
PRICE = "Price"
PRICE_VALUE = "{price:,.2f}"
PRICE_HELP = "Last price paid. Kaggle scales its prices; multiplied by 590 they are whole cents of an unnamed currency."
PRICE_ENDS = ("From", "To")
ANY = "any"
NO_PRICE = "not sold yet"
SALES = "Sold last week"
SALES_HELP = "In the seven days before {as_of}."
FIRST_SOLD = "First sold, week of"
NEVER = "never"
NO_DESCRIPTION = "No description."
COLOURS_FOUND = "Colours in the photo"
IN_SHOPS, ONLINE, SALES_A_WEEK = "In shops", "Online", "Sold per week"
SALES_CHART_ALT = "Sales by week: {sales:,} in {weeks:,} {plural} with a sale."

# Search by photo
PHOTO_SEARCH = "Search by photo"
PHOTO_HELP = "Choose, paste or take a picture. Articles that look like it appear here."
UPLOAD = "Picture"
CAMERA = "Use the camera"
PASTE_WORDS = {
    "paste": "Paste a picture",
    "unreadable": "This file isn’t a readable image.",
    "nothing": "The clipboard contains no picture.",
    "keys": "The browser doesn’t let this page read the clipboard. Press Ctrl+V (⌘V) instead.",
}
CROP_WORDS = {
    "picture": "Your picture",
    "frame": "The part to search for. Arrow keys move the frame; with Shift they resize it.",
    "all": "Use the whole picture",
}
NOTHING_ALIKE = "Nothing in this shop looks like this picture. The nearest articles are shown all the same."
LOADING_NETWORK = "Loading the network …"
NO_PICTURE = "This file isn’t a readable image: {reason}"
PICTURES_WAIT = "Other pictures are being read. Try again in a moment."
NO_VECTORS = "No photos have been processed yet. Run python visual_features.py, then python visual_reccs.py."
NO_ENCODER = "Search by photo is not available here."

# A shopper
SHOPPER = "Shopper"
SHOPPER_TAB = "Shopper {customer} …"
SHOPPER_HELP = "Paste a customer’s id, or pick one at random."
CUSTOMER = "Customer"
CUSTOMER_HINT = "64 letters and digits, as in customers.csv, or the first eight"
UNKNOWN_CUSTOMER = "There is no customer “{customer}” here, or more than one id starts with these characters."
KINDS = {"anyone": "Anyone", "active": "Active", "dormant": "Dormant", "new": "New"}
KIND_HELP = {
    "anyone": "Anyone who bought in the last evaluated week",
    "active": "At least ten purchases, including one in the last four weeks",
    "dormant": "Last purchase more than 90 days before that week",
    "new": "First purchase in the four weeks before, or in that week itself",
}
NOBODY = "There is no such customer, or no model to find one with. Run python final.py to train the model."
PURCHASES, VISITS, LAST_VISIT, SPENT = "Purchases", "Days with a purchase", "Last purchase", "Spent"
AGE, CLUB, UNKNOWN = "Age", "Club", "unknown"
AS_OF_DAY = "Based on data before"
NOW = "Now"
RECOMMENDED = "Recommended"
RECOMMENDED_THEN = "Recommended as of {day}"
RECOMMENDED_NOW = "Recommended now, as of {day}"
BOUGHT_THEN = "Actually bought that week"
COMPARED = "What simpler models would have shown"
MODELS = {
    "popularity": "Last week’s bestsellers",
    "repurchase": "Own purchases, last 90 days",
    "repurchase_filled": "Own purchases, filled up with bestsellers",
    HYBRID: "Hybrid",
}
STRATEGIES = {
    "own purchases": "bought before",
    "variants": "variant of a purchase",
    "bought next": "bought after",
    "matrix factorisation": "similar shoppers",
    "visual twins": "looks similar",
    "favourites of department": "department’s favourite",
    "favourites of section": "section’s favourite",
    "favourites of product type": "type’s favourite",
    "popularity": "popular",
    "popularity by age": "popular at this age",
    "new arrivals": "new arrival",
}
HIT = "Bought"
RANK = "No. {rank} in the list"
NO_PURCHASES = "No purchases so far: the list shows bestsellers."
BEHIND_IT = "Why these articles"
PROPOSED, STRONGEST, ARTICLE = "Proposed by (rank)", "What mattered most", "Article"
TIME_LINE = "All purchases, newest first"
TIME_LINE_ALT = "{count:,} purchases from {first} to {last}, by day."
ONLY_THE_LAST = "The last {shown} of {count:,} purchases."
BOUGHT_A_DAY = "Bought that day"

# Evaluation
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

# The map
MAP = "Catalogue map"
MAP_CAPTION = (
    "{count:,} articles by look: the closer two are, the more similar their photos. Directions mean nothing."
)
MAP_TAB = "“{query}” on the map"
MAP_FIND = "Find on the map"
MAP_FIND_HINT = "What to find: denim, dress, dark blue …"
MAP_BY = "Colour by"
MAP_COLOURINGS = {
    "group": "Product group",
    "type": "Product type",
    "colour": "Colour",
    "section": "Section",
    "sales": "Sales so far",
}
MAP_OTHERS = "All others"
MAP_FOUND = "{count:,} of them found."
MAP_NOT_FOUND = "None of them matches “{query}”."
MAP_NEVER_SOLD = "Never sold"
MAP_ONLY = "{colouring}: {names}"
MAP_SELECTED = "Selected on the map: {articles}"
MAP_SELECTED_CAPTION = "Most common among them: {parts}."
MAP_NOTHING_SELECTED = "None of the articles shown are inside the lasso."
MAP_CLEAR = "Clear selection"
MAP_TABLE = "The map in figures"
MAP_TABLE_COLUMNS = {"name": "Group", "count": "Articles", "found": "Found", "selected": "Selected"}
MAP_WORDS = {
    "map": "Map of {count} articles by look, coloured by {by}.",
    "keys": "Drag to move; hold Ctrl and scroll, or pinch, to zoom. Keys: arrows move, plus and minus zoom, 0 shows "
    "all, Enter opens the article nearest the centre.",
    "nearer": "Zoom in",
    "farther": "Zoom out",
    "all": "Show all",
    "lasso": "Draw a lasso around articles (or drag with Shift)",
    "legend": "Show only",
    "everything": "Show everything",
    "drop": "No longer show only {group}",
    "wheel": "Hold Ctrl (⌘) while you scroll to zoom the map.",
    "more": "{count} more",
    "fewer": "Fewer",
    "open": "Open",
    "loading": "Loading the map …",
    "failed": "The map could not be loaded. Reload the page.",
    "unavailable": "This browser does not support WebGL 2, which the map needs. Its figures are shown below; "
    "Discover has all articles.",
}

# Data
DATA = "Data"
DATA_FOLDER = "Contents of {folder}"
ALL_WELL = "Everything here is up to date: {count} artefacts."
TO_DO = "Missing, damaged or out of date: {count} of {all} artefacts. Run these commands in this order:"
STATES = {
    "up to date": "✓ up to date",
    "out of date": "↻ out of date",
    "missing": "– missing",
    "damaged": "✕ damaged",
    "not asked for": "not requested",
}
ARTICLES, CUSTOMERS, TRANSACTIONS = "Articles", "Customers", "Transactions"
FIRST_SALE, LAST_SALE, CUTOFF = "First sale", "Last sale", "Cutoff"
CUTOFF_HELP = "Models see the data before this day and predict what is bought from this day on."
PHOTOS = "Photos"
ARTEFACTS = "Artefacts"
ARTEFACTS_SAYS = (
    "Each file with its state, its contents, and what it was made from. Dates are those of sales or cutoffs."
)
ENTRY_COLUMNS = {
    "name": "File",
    "state": "State",
    "rows": "Rows",
    "bytes": "Size",
    "first": "From",
    "last": "To",
    "made_at": "Made (UTC)",
    "made_by": "Made by",
    "version": "Version",
    "inputs": "Made from",
    "parameters": "Parameters",
    "reason": "What is wrong",
    "command": "Command",
}
RUNS = "Last run of each script"
RUNS_SAYS = "Seconds and peak memory, as each script reported when it finished."
NO_RUNS = "No script has left a report in this folder."
RUN_COLUMNS = {
    "script": "Script",
    "at": "Finished (UTC)",
    "seconds": "Seconds",
    "peak_memory_bytes": "Peak memory",
}
PHOTOS_SAYS = "{pictured:,} of {count:,} articles have a photo or its thumbnail; {vectors}."
VECTORS, NOT_ONE_VECTOR = "{count:,} have a vector", "none has a vector"
UNREADABLE = "{count:,} photos cannot be read: {some}"
AND_MORE = " and more"
FIDELITY = "How close this shop is to H&M’s"
FIDELITY_SAYS = "{near} of {count} figures are within 30 % of the real ones."
FIDELITY_FAR = "Outside: {far}."
NO_FIDELITY = "Not measured yet. In the folder that holds the shop’s CSVs, run:"
FIDELITY_COLUMNS = {
    "figure": "Figure",
    "generated": "Generated",
    "real": "Real",
    "ratio": "Ratio",
    "near": "Within 30 %",
}

# Operations
OPERATIONS = "Operations"
OPERATIONS_SAYS = (
    "Which model is live and why, whether a new one is better, and whether the data have drifted."
)
COMMAND = "Run {command}"
LIVE = "Live model"
LIVE_SINCE = "since {at:%-d %b %Y, %H:%M} UTC, by {who} ({action})"
NOTHING_LIVE = "No version is live yet."
NO_ALARMS = "No active alarms."
ALARM_SAYS = "{rule} ({severity}), since {at:%-d %b %Y, %H:%M} UTC: {message}"
ALARMS_OVER = "Resolved alarms"
NO_ALARMS_OVER = "No resolved alarms."
ALARM_COLUMNS = {
    "at": "Since (UTC)",
    "over_at": "Resolved (UTC)",
    "rule": "Rule",
    "severity": "Severity",
    "message": "What was wrong",
}
VERSIONS = "Version history"
NO_VERSIONS = "No version has been live yet, and the registry has none."
DEPLOYMENT_COLUMNS = {
    "at": "From (UTC)",
    "version": "Version",
    "previous": "Replaced",
    "action": "Action",
    "who": "By",
    "reason": "Why",
}
VERSION = "Version"
VERSION_LIVE = "{version} (live)"
MADE_FROM = "What it was made from"
NO_LINEAGE = "Nothing is recorded: this version was published by hand, not by a retraining run."
LINEAGE_FACTS = {
    "retraining": "Retraining run",
    "run_id": "MLflow run",
    "registry": "Registry number",
    "code": "Code",
    "why": "Why it was trained",
    "new": "New days from",
    "map@12": "Backtest MAP@12",
    "customers": "Backtest customers",
}
LINEAGE_COLUMNS = {"name": "File", "fingerprint": "Fingerprint", "made_by": "Made by", "made_at": "Made at"}
GATES = "Gates"
GATE_OPEN, GATE_CLOSED = "✓ open", "✕ closed"
NO_GATES = "No gates were evaluated."
RETRAINING = "Retraining"
NO_RETRAINING = "Nothing has been retrained yet."
RETRAINING_COLUMNS = {
    "run": "Run",
    "started": "Started (UTC)",
    "state": "State",
    "why": "Why",
    "verdict": "Verdict",
    "seconds": "Seconds",
}
RETRAINING_RUN = "Run"
UNFINISHED = "No verdict yet: the run is still going or was interrupted. The same command resumes it."
STEPS = "Steps"
STEP_COLUMNS = {"step": "Step", "seconds": "Seconds"}
EXPERIMENTS = "Experiments"
NO_EXPERIMENTS = "No experiments are defined yet."
EXPERIMENT_COLUMNS = {
    "name": "Experiment",
    "state": "State",
    "started_at": "Started (UTC)",
    "stopped_at": "Stopped (UTC)",
    "who": "By",
    "reason": "Why",
}
EXPERIMENT = "Experiment"
DEFINITION = "Definition"
RESULT_AT = "As of {at:%-d %b %Y, %H:%M} UTC; to refresh, run {command}"
SHOPPER_METRICS = {"conversion": "Conversion", "hit_rate": "Hit rate", "revenue": "Revenue"}
VARIANTS_TABLE = "Variants"
VARIANT_COLUMNS = {
    "name": "Variant",
    "exposed": "Exposed",
    "customers": "Window closed",
    **SHOPPER_METRICS,
}
DAY_BY_DAY = "Day by day"
DAY_BY_DAY_SAYS = (
    "{metric} compared with the control. The band is the interval that holds however often you look; the dotted line "
    "is the smallest change that matters."
)
DAY_BY_DAY_ALT = "{metric} compared with the control by day, on the last day: {values}."
ON_A_DAY = "{variant} {relative} [{low}, {high}]"
NO_DAYS = "No customer’s window has closed yet."
MINIMUM_EFFECT = "minimum effect {effect:+.1%}"
DAY_COLUMNS = {
    "day": "Day",
    "variant": "Variant",
    "customers": "Customers",
    "relative": "Change",
    "always_low": "from",
    "always_high": "to",
}
COMPARISONS = "Compared with the control, at every look"
COMPARISON_COLUMNS = {
    "metric": "Metric",
    "variant": "Variant",
    "control": "Control",
    "mean": "Mean",
    "relative": "Change",
    "always_low": "from",
    "always_high": "to",
    "progress": "Share of plan",
}
BY_SEGMENT = "By segment"
BY_SEGMENT_COLUMNS = {
    "segment": "Segment",
    "variant": "Variant",
    "customers": "Customers",
    "relative": "Change",
    "always_low": "from",
    "always_high": "to",
}
SET_ASIDE = "Set aside: {parts}."
ASIDE = {
    "several_variants": "{count:,} customers who saw several variants",
    "gone_variant": "{count:,} customers who saw only a variant that no longer exists",
    "later_exposures": "{count:,} exposures after the time of the report",
    "unexposed_purchases": "{count:,} purchases without an exposure",
    "early_purchases": "{count:,} purchases seconds before their exposure, which are counted",
}
OPERATE = "Define, start, stop"
READ_ONLY = (
    "This page is view-only: the dashboard has no log-in. Started with STYLO_DASHBOARD_OPERATES=1, it offers forms; "
    "these commands always work:"
)
DEFINE, START, STOP = "Define", "Start", "Stop"
AS_JSON = "Definition, as JSON"
REASONS = {"define": "Why define it?", "start": "Why start it?", "stop": "Why stop it?"}
REASON_HINT = "Recorded with the action"
NO_REASON = "Give a reason: it is recorded, and somebody will ask."
DEFINED = "{name} is defined and {state}."
STARTED = "{name} is running."
STOPPED = "{name} is stopped."
BY_PAGE = "dashboard"
DRIFT = "Drift"
DRIFT_SAYS = (
    "The week ending {week} compared with the eight before: {count} of {all} signals in alarm. At most {level:.0%} "
    "of ordinary weeks have an alarm."
)
SIGNAL, DISTANCE = "Signal", "Distance"
DRIFT_ALT = (
    "{signal}, {distance} by week: {now} in the last, alarm from {threshold}; weeks with an alarm: {alarms}."
)
THRESHOLD, ALARM = "alarm threshold", "Alarm"
SIGNAL_COLUMNS = {"alarm": "Alarm", "title": "Signal", "group": "Group", "sentence": "In words"}
WEEK_COLUMNS = {"week": "Week ending", "distance": "Distance", "threshold": "Alarm from", "alarm": "Alarm"}
SIGNALS = "All signals"
QUALITY = "Live quality"
QUALITY_SAYS = (
    "Lists shown from {since} to {until}, judged by what was bought within {window} days. Purchases received: "
    "{purchases}."
)
NO_QUALITY = "No lists were shown in this period."
QUALITY_ALT = "Live MAP@12 of each version and variant: {values}."
TOO_FEW = "No version has enough buyers yet: at least twenty are needed."
QUALITY_CHART = "MAP@12 with its 95 % interval. The tick marks its backtest."
QUALITY_VALUE = "{name} {value}, expected {expected}"
EXPECTED = "Expected"
QUALITY_COLUMNS = {
    "version": "Version",
    "variant": "Variant",
    "lists": "Lists",
    "buyers": "Buyers",
    "hit_rate": "Hit rate",
    "hit_rate_low": "from",
    "hit_rate_high": "to",
    "map12": "MAP@12",
    "map12_low": "from ",
    "map12_high": "to ",
    "expected": "Expected",
    "expected_low": "from  ",
    "expected_high": "to  ",
    "p99": "p99, ms",
    "degraded": "Degraded",
    "cold": "Never sold",
}

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&])")
# Streamlit makes pictures and other signs of these, escaped or not: `:material/home:`, `:dog:`, `->` between spaces.
_SIGNS = re.compile(r":(?=[\w+-][\w+/-]*:)|(?<!\S)[<>~-](?=[-=]>?(?!\S)|>(?!\S))", re.ASCII)
# A script with its options, or a module with all that follows it, up to the end of the clause.
_WORD = r"(?:'[^']*'|\\'|[^\s',;.]|[.,;](?=\S))+"
_COMMAND = re.compile(rf"python [\w-]+\.py(?: --[\w-]+(?: (?!-){_WORD})?)*|python -m {_WORD}(?: {_WORD})*")
_JOINER = "\u2060"  # is not seen


def match(similarity: float) -> str:
    """A similarity in percent, with more decimals where one decimal would round to 100."""
    percent = 100 * similarity
    return f"{percent:.1f} % match" if percent < 99.5 else f"{percent:.3f} % match"


def signed(value: float, form: str) -> str:
    """A difference with its sign, which is a minus as wide as a plus; `form` as of `format`, without the sign."""
    return f"{value:+{form}}".replace("-", "−")


def plain(text: str) -> str:
    """Escape text from the data so that Markdown shows it character by character, never as markup."""
    words = _SIGNS.sub(lambda sign: sign.group() + _JOINER, " ".join(printable(text).split()))
    return _MARKDOWN.sub(r"\\\1", words)


def found(count: int) -> str:
    """The number of articles, in words for people."""
    return "1 article" if count == 1 else f"{count:,} articles"


def sales_chart(sales: int, weeks: int) -> str:
    """What the chart of an article's sales shows, in words."""
    return SALES_CHART_ALT.format(sales=sales, weeks=weeks, plural="week" if weeks == 1 else "weeks")


def commands(words: str) -> list[str]:
    """The commands that a sentence names, each once, as they can be pasted into a shell."""
    return list(dict.fromkeys(_COMMAND.findall(words)))


def meant(article: str) -> str | None:
    """The article number that a number without its leading zero stands for; None if it is no such number."""
    return f"0{article}" if _lacks_zero(article) else None


def _lacks_zero(article: str) -> bool:
    return len(article) == 9 and article.isascii() and article.isdecimal()


def unpriced(count: int) -> str:
    """How many articles a price leaves out because they have none."""
    return (
        "1 article without a price is left out."
        if count == 1
        else f"{count:,} articles without a price are left out."
    )


def not_an_id(article: str) -> str:
    """Explain what is wrong with an article number, and guess what was meant."""
    return (IS_IT if _lacks_zero(article) else NOT_AN_ID).format(article=article)


def hits(found: int, wanted: int) -> str:
    """Say how many of the articles bought were in a list."""
    of = "the 1 article" if wanted == 1 else f"the {wanted} articles"
    return f"{found} of {of} bought that week."


def map_sales(steps: Sequence[int]) -> list[str]:
    """Name the sales bands that start at these numbers; the last is open-ended."""
    names = [f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}" for first, end in pairwise(steps)]
    return [MAP_NEVER_SOLD, *names[1:], f"{steps[-1]:,} or more"]
