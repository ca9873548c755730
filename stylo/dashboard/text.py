"""Every word that the dashboard shows, in one place, and text from the data made safe for Markdown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from stylo.candidates.bought_together import BoughtTogether
from stylo.candidates.same_style import SameStyle
from stylo.candidates.style_neighbours import StyleNeighbours
from stylo.candidates.visual_twins import VisualTwins
from stylo.recommender import HYBRID

TITLE = "StyloAI"
DISCOVER = "Discover"

# Notices
OPENING = "Opening the shop …"
NOTHING_YET = "Nothing to show yet"
NOTHING_YET_HELP = """
This data folder holds no tables. Either make the demo shop (garments that are drawn, shoppers that are made up):

```
make demo
```

or put Kaggle's three CSV files into the folder and turn them into tables:

```
python data_optim.py --data {data}
```
"""
CHANGED = "Files of this shop were replaced. What you see is as it was before."
RELOAD = "Show the new"
PART_MISSING = "This part is empty until its script has run:"
NO_PHOTOS = "No photos: {reason}"
THUMBNAILS_ONLY = "The photos are not there; the small pictures kept of them are shown instead. {reason}"
NO_PHOTO = "No photo"
UNTRAINED = (
    "Untrained network (random weights): twins agree in colour and texture rather than in kind, and all "
    "matches lie close to 100 %."
)

# Discover
SEARCH = "Find an article"
SEARCH_HINT = "Name, type, colour, words of the description, or article number"
LANDING = "Selling best"
LANDING_CAPTION = "{count:,} articles, those first that sold most in the week before {as_of}."
CATALOGUE = "The catalogue"
CATALOGUE_CAPTION = "Choose an article to see its details."
NO_RESULTS = "Nothing found for “{query}”. Try another word, a colour, or part of an article number."
NOT_ALL_WORDS = "No article has all of these words; those with most of them come first."
CORRECTED = "Showing results for “{query}”."
IGNORED = "Nothing is called “{words}”; the other words count."
NOTHING_LEFT = "Nothing left. Choose fewer filters, a wider price, or other words."
RESULTS_LABEL = "Articles"
NEW = "New"
SORT = "Sorted by"
SORTS = {
    "relevance": "Best match",
    "sales": "Sales of the week",
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
    "season": "Season it sells best",
    "new": "New arrivals",
    "photo": "Photo",
}
LABELS = {("new", "yes"): "First sold in the last four weeks", ("photo", "yes"): "Has a photo"}

# Cards
SCROLL_BACK = "Scroll back"
SCROLL_ON = "Scroll on"

# An article
UNKNOWN_ARTICLE = "There is no article {article} in this catalogue."
NOT_AN_ID = "“{article}” is not an article number: that is ten digits with a leading zero, like 0706016001."
IS_IT = "“{article}” lacks its leading zero: is 0{article} meant?"
BACK = "All articles"
VARIANTS = "Other variants of this product"
NO_NEIGHBOURS = "Nothing to show here for this article."
NO_TWINS = "No vector of this article: its photo is missing, cannot be read, or was left out."
SHELVES = {
    HYBRID: (
        "Recommended with it",
        "What is near in style, bought together and looks alike, in one list. As known before {as_of}.",
    ),
    BoughtTogether.name: ("Bought together", "Articles that lie in the same baskets."),
    StyleNeighbours.name: (
        "Style neighbours",
        "Described alike and of like attributes, among what is sold of late.",
    ),
    SameStyle.name: ("Same style", "Same department, product type or colour; what sells best first."),
    VisualTwins.name: (
        "Visual twins",
        "Photos most alike. Say what counts: the look as a whole, the shape, the colours or the pattern.",
    ),
}
PROPOSED_BY = {
    BoughtTogether.name: "bought together",
    SameStyle.name: "same style",
    StyleNeighbours.name: "near in style",
    VisualTwins.name: "looks alike",
}
STRENGTH = "{share:.0%} as strong as the first"
WEIGHTS = {"look": "Look", "shape": "Shape", "colour": "Colour", "pattern": "Pattern"}
SAME_PRODUCT = "Same product too"
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
PRICE_HELP = "Last price paid. Kaggle scales prices; times 590 they are whole cents of an unnamed currency."
NO_PRICE = "not sold yet"
SALES = "Sold in a week"
SALES_HELP = "In the seven days before {as_of}."
FIRST_SOLD = "First sold, week of"
NEVER = "never"
NO_DESCRIPTION = "No description."
COLOURS_FOUND = "Colours found on the photo"
IN_SHOPS, ONLINE, SALES_A_WEEK = "In shops", "Online", "Sold a week"
SALES_CHART_ALT = "Sales week by week: {sales:,} in {weeks:,} weeks with a sale."

# Search by photo
PHOTO_SEARCH = "Search by photo"
PHOTO_HELP = "Choose a picture, paste one, or take one: what looks like it comes here."
UPLOAD = "A picture"
CAMERA = "Use the camera"
PASTE_WORDS = {
    "paste": "Paste a picture",
    "unreadable": "That is no picture that can be read.",
    "nothing": "There is no picture in the clipboard.",
    "keys": "The browser does not let the page look: press Ctrl+V (⌘V) instead.",
}
CROP_WORDS = {
    "picture": "Your picture",
    "frame": "The part that is searched for. Arrow keys move it, with Shift they resize it.",
    "all": "Take the whole picture",
}
LOADING_NETWORK = "Loading the network …"
NO_PICTURE = "This is no picture that can be read: {reason}"
NO_VECTORS = "No photo was looked at yet. Run python visual_features.py, then python visual_reccs.py."
NO_ENCODER = "A photo from outside cannot be searched for here."

# A shopper
SHOPPER = "Shopper"
SHOPPER_HELP = "Paste a customer’s id, or draw somebody at random."
CUSTOMER = "Customer"
CUSTOMER_HINT = "64 letters and digits of customers.csv, or the first eight"
UNKNOWN_CUSTOMER = "There is no customer “{customer}” here, or more than one id begins so."
KINDS = {"anyone": "Anyone", "active": "Active", "dormant": "Dormant", "new": "New"}
KIND_HELP = {
    "anyone": "Anyone who bought in the last week that was scored",
    "active": "At least ten purchases, one of them in the last four weeks",
    "dormant": "Nothing bought for more than 90 days before the week",
    "new": "Bought for the first time within four weeks, or in the week itself",
}
NOBODY = "There is nobody of that kind, or no model to find them with: python final.py makes it."
PURCHASES, VISITS, LAST_VISIT, SPENT = "Purchases", "Days with a purchase", "Last purchase", "Spent"
AGE, CLUB, UNKNOWN = "Age", "Club", "unknown"
AS_OF_DAY = "As known before"
NOW = "Now"
RECOMMENDED = "Recommended"
RECOMMENDED_THEN = "Recommended as of {day}"
RECOMMENDED_NOW = "Recommended now, as of {day}"
BOUGHT_THEN = "Really bought in that week"
COMPARED = "What simpler models would have shown"
MODELS = {
    "popularity": "Last week’s bestsellers",
    "repurchase": "Own purchases of 90 days",
    "repurchase_filled": "Own purchases, filled up with bestsellers",
    HYBRID: "Hybrid",
}
STRATEGIES = {
    "own purchases": "bought before",
    "variants": "variant of a purchase",
    "bought next": "bought after",
    "matrix factorisation": "people who buy alike",
    "visual twins": "looks alike",
    "favourites of department": "department’s favourite",
    "favourites of section": "section’s favourite",
    "favourites of product type": "type’s favourite",
    "popularity": "popular",
    "popularity by age": "popular at this age",
    "new arrivals": "new arrival",
}
HIT = "Bought"
RANK = "No. {rank} of the list"
NO_PURCHASES = "Nothing bought so far: the list is what sells."
BEHIND_IT = "What the model saw"
PROPOSED, STRONGEST, ARTICLE = "Proposed by (rank)", "What counted most", "Article"
TIME_LINE = "All purchases, the newest first"
TIME_LINE_ALT = "{count:,} purchases from {first} to {last}, by day."
ONLY_THE_LAST = "The last {shown} of {count:,} purchases."
BOUGHT_A_DAY = "Bought on the day"

# Evaluation
EVALUATION = "Evaluation"
MADE_AT = "{script}.py, {at:%-d %b %Y, %H:%M} UTC"
OVER_A_WEEK = "Mean over {lists:,} lists of those who bought in the {days} days from {cutoff}."
OVER_WEEKS = "Mean over {lists:,} lists of those who bought in {weeks} weeks, the last from {cutoff}."
OVER_SOME = "Mean over the lists of those who bought."
GENERATED = (
    "This shop is made up: garments are drawn, shoppers follow rules of ours. Scores show that everything works; "
    "they say nothing about real shoppers."
)
ONLY_BASELINES = "Only the baselines are shown."
OTHER_SPLIT = "These scores are of the cutoff {of}, but the data are cut at {now}. Run final.py again."
OUTDATED_SCORES = "The data have changed since these scores were made. {reason} {cure}"
NOT_IN_REPORT = "Not in this report, which another version of final.py made. Run it again: {command}"
ONLY_FINAL = "final.py measures this: {command}"
METRICS = {"map@12": "MAP@12", "recall@12": "Recall@12", "ndcg@12": "NDCG@12"}
METRIC = "Measure"
METRIC_HELP = """
**MAP@12** rewards articles that were bought, the more the higher they stand in a list of twelve: 1 is a perfect list,
0 is no hit. **Recall@12** is the share of what was bought that is in the list. **NDCG@12** also rewards high places,
falling more slowly with the rank. **×** is how many times the MAP@12 of last week’s bestsellers.
"""
INTERVAL_HELP = """
The thin line is the **95 % interval**: drawing other customers of the same kind by chance, the mean would lie within it
nineteen times in twenty. Differences are **paired**: each list is compared with the rival’s list for the same customer,
so their interval is narrower than the single ones suggest.
"""
LADDER = "How good the lists are"
LADDER_ALT = "{metric} of each model with its 95 % interval: {values}."
AGAINST_RIVAL = "{ours} against “{rival}”: {difference} [{low}, {high}] of MAP@12, {verdict}."
AHEAD = "ahead beyond chance"
BEHIND = "behind, beyond chance"
UNDECIDED = "which may be chance"
BEST = "The best MAP@12 is that of “{model}”: {value}."
TIMES = "× {times:.1f}"
TABLE = "As a table"
DOWNLOAD = "Download as CSV"
LADDER_COLUMNS = {
    "model": "Model",
    "map@12": "MAP@12",
    "map@12_low": "from",
    "map@12_high": "to",
    "recall@12": "Recall@12",
    "ndcg@12": "NDCG@12",
    "times_popularity": "× popularity",
    "difference": "Against the rival",
    "difference_low": "from ",
    "difference_high": "to ",
}
BY_WEEK = "Week by week"
BY_WEEK_SAYS = (
    "{ours} is ahead of “{rival}” in {won} of {weeks} weeks. Single weeks swing: few lists, much chance."
)
BY_WEEK_ALT = "{metric} of each model in each of {weeks} weeks."
BY_WEEK_COLUMNS = {"cutoff": "Week from", "model": "Model", "lists": "Lists", **METRICS}
FOR_WHOM = "For whom it is right"
SEGMENTS = {
    "recency": "By days since the last purchase",
    "activity": "By articles bought within a year",
}
SEGMENT_SAYS = (
    "Right of the dotted line the hybrid beats “{rival}”: beyond chance in {won} of {count} groups."
)
SEGMENT_ALT = "MAP@12 of the hybrid less that of {rival}, {segment}: {values}."
SEGMENT_COLUMNS = {
    "segment": "Group",
    "model": "Model",
    "lists": "Lists",
    "map@12": "MAP@12",
    "difference": "Against the rival",
    "difference_low": "from",
    "difference_high": "to",
}
SEGMENT_NAME = "{segment} ({lists:,} lists)"
COLD = "Articles that nobody had bought before"
COLD_SAYS = (
    "{bought:,} of the purchases were of articles never sold before their week. Nothing is known of these but looks "
    "and words: the hardest part."
)
COLD_HELP = "In the lists of the hybrid; up to rank 100 where lists are cut later than at twelve."
COLD_NONE = "In these weeks nobody bought an article that had never been sold before."
COLD_FIGURES = {
    "recall@12": "Found among the first 12",
    "recall@100": "Found among the first 100",
    "hit_rate@12": "Customers with a hit in 12",
    "hit_rate@100": "Customers with a hit in 100",
    "share_of_recommendations": "Share of all recommendations",
}
EARNS = "What each strategy earns"
EARNS_SAYS = (
    "Most of the hits were proposed as “{best}”: {hits:,}. A bar is how much of all purchases a strategy proposes at "
    "all, its dark part how much among its own first twelve."
)
EARNS_ALT = "Share of purchases that each strategy proposes, best first: {values}."
STRATEGY_COLUMNS = {
    "strategy": "Strategy",
    "recommended": "In the lists",
    "hits": "Hits",
    "alone": "Hits only it proposed",
    "first": "Hits it ranked highest",
    "recall@12": "Found by its first twelve",
    "recall@all": "Found by all it proposes",
}
FOUND_AT = "Recall by how far down one looks"
FOUND_AT_SAYS = (
    "Of what was bought, {short:.1%} are among the hybrid’s first twelve and {all:.1%} among all candidates: no "
    "order of them could find more."
)
FOUND_AT_ALT = "Share of purchases found: {values}."
FOUND_AT_COLUMNS = {"place": "Among the first", "recall": "Share of purchases found"}
PLACES = "Among the first …"
ALL_PLACES, ALL_OF = "all", "all {count:,.0f}"
LOST = "Where the truth is lost"
LOST_SAYS = (
    "Of {bought:,} purchases {hit:.1%} were recommended, {low:.1%} were candidates ranked too low, and {never:.1%} "
    "no strategy proposed."
)
LOST_ALT = "What became of purchases, by kind: {values}."
LOSS_KINDS = {
    "all": "All purchases",
    "never sold": "Never sold before",
    "repurchase": "Owned already",
    "variant": "Variant of an own one",
    "sold to others": "Sold to others",
}
OUTCOMES = {"hit": "Recommended", "ranked low": "Ranked too low", "not proposed": "Not proposed"}
LOST_COLUMNS = {"kind": "Kind", "bought": "Purchases", **OUTCOMES}
BEYOND = "Beside accuracy"
BEYOND_SAYS = (
    "What the lists are like, right or wrong: how much of the shop they show, how far they keep from bestsellers, how "
    "varied they are."
)
BEYOND_COLUMNS = {
    "model": "Model",
    "articles": "Articles",
    "coverage_of_sold": "Coverage of what sells",
    "coverage_of_catalogue": "Coverage of the catalogue",
    "novelty": "Novelty",
    "product_type_diversity": "Variety of types",
    "department_diversity": "Variety of departments",
    "bestseller_share": "Bestsellers",
    "bestseller_share_of_purchases": "Bestsellers bought",
    "gini": "Gini",
}
BEYOND_HELP = {
    "articles": "Distinct articles recommended to anyone in a week",
    "coverage_of_sold": "Share of the articles sold in four weeks that are recommended to anyone",
    "coverage_of_catalogue": "The same of the whole catalogue",
    "novelty": "In bits: one more is half as popular",
    "product_type_diversity": "Share of pairs in a list that are of two types",
    "department_diversity": "Share of pairs in a list that are of two departments",
    "bestseller_share": "Share of recommendations that fall on the best selling 1 % of articles",
    "bestseller_share_of_purchases": "The same of what was really bought",
    "gini": "0: all articles are recommended equally often; 1: one has everything",
}
HITS_AND_MISSES = "Hits and misses"
HITS_AND_MISSES_SAYS = (
    "Lists for the week from {cutoff}, drawn by chance: some right early, some that missed."
)
OTHERS = "Show others"
RIGHT, WRONG = "Right at No. {rank}", "Missed"
WAS_BOUGHT = "Bought in the week"
LIST_OF = "Recommended to {customer}"
OPEN_SHOPPER = "This shopper"
NO_HITS = "None of the lists looked at was right."
NO_MISSES = "None of the lists looked at missed everything."

# The map
MAP = "Catalogue map"
MAP_CAPTION = (
    "{count:,} articles by look: the nearer two are, the more alike their photos. Directions mean nothing."
)
MAP_FIND = "Find on the map"
MAP_FIND_HINT = "Where on the map? Denim, dress, dark blue …"
MAP_BY = "Coloured by"
MAP_COLOURINGS = {
    "group": "Product group",
    "type": "Product type",
    "colour": "Colour",
    "section": "Section",
    "sales": "Sales so far",
}
MAP_OTHERS = "All others"
MAP_FOUND = "{count:,} of them found."
MAP_NOT_FOUND = "None of them is called “{query}”."
MAP_NEVER_SOLD = "Never"
MAP_SELECTED = "Selected on the map: {articles}"
MAP_SELECTED_CAPTION = "Most common among them: {parts}."
MAP_NOTHING_SELECTED = "Nothing lies within the lasso, among what is shown."
MAP_CLEAR = "Clear selection"
MAP_TABLE = "The map in figures"
MAP_TABLE_COLUMNS = {"name": "Group", "count": "Articles", "found": "Found", "selected": "Selected"}
MAP_WORDS = {
    "map": "Map of {count} articles by look, coloured by {by}.",
    "keys": "Drag to move, wheel or pinch to zoom. Keys: arrows move, plus and minus zoom, 0 shows all, "
    "Enter opens the article nearest to the middle.",
    "nearer": "Nearer",
    "farther": "Farther away",
    "all": "Show all",
    "lasso": "Draw a lasso around articles (or drag with Shift)",
    "legend": "Show only",
    "everything": "Show everything",
    "more": "{count} more",
    "fewer": "Fewer",
    "open": "Open",
    "loading": "Loading the map …",
    "failed": "The map could not be loaded. Reload the page.",
    "unavailable": "This browser draws no WebGL 2, which the map needs. Its figures stand below; "
    "Discover has all articles.",
}

# Data
DATA = "Data"
DATA_FOLDER = "What lies in {folder}"
ALL_WELL = "All that is there is up to date: {count} artefacts."
TO_DO = "{count} of {all} artefacts are missing, damaged or out of date. Run in this order:"
STATES = {
    "up to date": "✓ up to date",
    "out of date": "↻ out of date",
    "missing": "– missing",
    "damaged": "✕ damaged",
    "not asked for": "not asked for",
}
ARTICLES, CUSTOMERS, TRANSACTIONS = "Articles", "Customers", "Transactions"
FIRST_SALE, LAST_SALE, CUTOFF = "First sale", "Last sale", "Cutoff"
CUTOFF_HELP = "Models know what was before this day, and are asked what is bought from it on."
PHOTOS = "Photos"
ARTEFACTS = "Artefacts"
ARTEFACTS_SAYS = (
    "Each file with its state, what it holds, and what it was made from. Days are of sales or cutoffs."
)
ENTRY_COLUMNS = {
    "name": "File",
    "state": "State",
    "rows": "Rows",
    "bytes": "Size",
    "first": "From",
    "last": "To",
    "made_at": "Made (UTC)",
    "made_by": "By",
    "version": "Version",
    "inputs": "Made from",
    "parameters": "Parameters",
    "reason": "What is wrong",
    "command": "Command",
}
RUNS = "The last run of each script"
RUNS_SAYS = "Seconds and peak memory as each script reported them at its end."
NO_RUNS = "No script has left a report in this folder."
RUN_COLUMNS = {
    "script": "Script",
    "at": "Ended (UTC)",
    "seconds": "Seconds",
    "peak_memory_bytes": "Peak memory",
}
PHOTOS_SAYS = "{pictured:,} of {count:,} articles have a photo or a small picture of it; {vectors}."
VECTORS, NOT_ONE_VECTOR = "{count:,} have a vector", "none has a vector"
UNREADABLE = "{count:,} photos cannot be read: {some}"
AND_MORE = " and more"
FIDELITY = "How near this shop comes to H&M’s"
FIDELITY_SAYS = "{near} of {count} figures lie within 30 % of the real ones."
FIDELITY_FAR = "Outside: {far}."
NO_FIDELITY = "Not measured yet. Where the shop’s CSVs lie, run:"
FIDELITY_COLUMNS = {
    "figure": "Figure",
    "generated": "Generated",
    "real": "Real",
    "ratio": "Ratio",
    "near": "Within 30 %",
}

# Operations
OPERATIONS = "Operations"
OPERATIONS_SAYS = "Which model is live and why, whether a new one is better, and whether the world has moved."
COMMAND = "Run {command}"
LIVE = "What is live"
LIVE_SINCE = "since {at:%-d %b %Y, %H:%M} UTC, by {who} ({action})"
NOTHING_LIVE = "No version is live yet."
NO_ALARMS = "No alarm goes on."
ALARM_SAYS = "{rule} ({severity}), since {at:%-d %b %Y, %H:%M} UTC: {message}"
ALARMS_OVER = "Alarms that are over"
NO_ALARMS_OVER = "None is over."
ALARM_COLUMNS = {
    "at": "Since (UTC)",
    "over_at": "Over (UTC)",
    "rule": "Rule",
    "severity": "Severity",
    "message": "What was wrong",
}
VERSIONS = "Versions and their history"
NO_VERSIONS = "No version was live yet, and none is in the registry."
DEPLOYMENT_COLUMNS = {
    "at": "From (UTC)",
    "version": "Version",
    "previous": "Instead of",
    "action": "Step",
    "who": "By",
    "reason": "Why",
}
VERSION = "A version"
VERSION_LIVE = "{version} (live)"
MADE_FROM = "What it was made from"
NO_LINEAGE = "Nothing is noted of it: it was published by hand, not by a retraining."
LINEAGE_FACTS = {
    "retraining": "Retraining run",
    "run_id": "MLflow run",
    "registry": "Number in the registry",
    "code": "Code",
    "why": "Why it was trained",
    "new": "New days from",
    "map@12": "MAP@12 of its backtest",
    "customers": "Customers of its backtest",
}
LINEAGE_COLUMNS = {"name": "File", "fingerprint": "Fingerprint", "made_by": "By", "made_at": "Made"}
GATES = "Gates"
GATE_OPEN, GATE_CLOSED = "✓ open", "✕ closed"
NO_GATES = "No gate was judged."
RETRAINING = "Retraining"
NO_RETRAINING = "Nothing was retrained yet."
RETRAINING_COLUMNS = {
    "run": "Run",
    "started": "Started (UTC)",
    "state": "State",
    "why": "Why",
    "verdict": "Verdict",
    "seconds": "Seconds",
}
RETRAINING_RUN = "A run"
UNFINISHED = "It has no verdict yet: it goes on, or was cut off; the same command goes on with it."
STEPS = "Its steps"
STEP_COLUMNS = {"step": "Step", "seconds": "Seconds"}
EXPERIMENTS = "Experiments"
NO_EXPERIMENTS = "None is defined yet."
EXPERIMENT_COLUMNS = {
    "name": "Experiment",
    "state": "State",
    "started_at": "Started (UTC)",
    "stopped_at": "Stopped (UTC)",
    "who": "By",
    "reason": "Why",
}
EXPERIMENT = "An experiment"
DEFINITION = "Its definition"
RESULT_AT = "As of {at:%-d %b %Y, %H:%M} UTC; anew by {command}"
SHOPPER_METRICS = {"conversion": "Conversion", "hit_rate": "Hit rate", "revenue": "Revenue"}
VARIANTS_TABLE = "Its variants"
VARIANT_COLUMNS = {
    "name": "Variant",
    "exposed": "Exposed",
    "customers": "Window over",
    **SHOPPER_METRICS,
}
DAY_BY_DAY = "Day by day"
DAY_BY_DAY_SAYS = (
    "{metric} against the control. The band is the interval that holds however often one looks; dotted is the "
    "smallest change that matters."
)
DAY_BY_DAY_ALT = "{metric} against the control by day, on the last day: {values}."
ON_A_DAY = "{variant} {relative} [{low}, {high}]"
NO_DAYS = "Nobody’s window is over yet."
MINIMUM_EFFECT = "minimum effect {effect:+.1%}"
DAY_COLUMNS = {
    "day": "Day",
    "variant": "Variant",
    "customers": "Customers",
    "relative": "Change",
    "always_low": "from",
    "always_high": "to",
}
COMPARISONS = "Against the control, at every look"
COMPARISON_COLUMNS = {
    "metric": "Measure",
    "variant": "Variant",
    "control": "Control",
    "mean": "Mean",
    "relative": "Change",
    "always_low": "from",
    "always_high": "to",
    "progress": "Of what is planned",
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
    "gone_variant": "{count:,} exposures to a variant that is gone",
    "later_exposures": "{count:,} repeated exposures",
    "unexposed_purchases": "{count:,} purchases without exposure",
    "early_purchases": "{count:,} purchases seconds before their exposure, which count",
}
OPERATE = "Define, start, stop"
READ_ONLY = (
    "Here one only looks: this dashboard has no log-in. Started with STYLO_DASHBOARD_OPERATES=1 it offers forms; "
    "commands always do it:"
)
DEFINE, START, STOP = "Define", "Start", "Stop"
AS_JSON = "The definition, as JSON"
REASONS = {"define": "Why define it?", "start": "Why start it?", "stop": "Why stop it?"}
REASON_HINT = "It is kept with the step"
NO_REASON = "Say why: it is kept, and somebody will ask."
DEFINED = "{name} is defined, and {state}."
STARTED = "{name} is running."
STOPPED = "{name} is stopped."
TOO_DEEP = "This JSON lies too deep within itself to be an experiment."
BY_PAGE = "dashboard"
DRIFT = "Drift"
DRIFT_SAYS = (
    "The week that ends on {week} against the eight before: {count} of {all} signals are alarms. At most "
    "{level:.0%} of ordinary weeks have one."
)
SIGNAL, DISTANCE = "A signal", "Distance"
DRIFT_ALT = (
    "{signal}, {distance} by week: {now} in the last, an alarm from {threshold}; {alarms} weeks with one."
)
THRESHOLD, ALARM = "an alarm from here", "Alarm"
SIGNAL_COLUMNS = {"alarm": "Alarm", "title": "Signal", "group": "Of", "sentence": "In words"}
WEEK_COLUMNS = {"week": "Week to", "distance": "Distance", "threshold": "Alarm from", "alarm": "Alarm"}
SIGNALS = "All signals"
QUALITY = "Quality of what was shown"
QUALITY_SAYS = (
    "Of lists from {since} to {until}, judged by what was bought within {window} days: {purchases} purchases "
    "arrived."
)
NO_QUALITY = "No list was shown in these days."
QUALITY_ALT = "MAP@12 of each version and variant, live: {values}."
TOO_FEW = "Of no version have enough buyers come yet: twenty."
QUALITY_CHART = "MAP@12 with its 95 % interval. The stroke is where its backtest was."
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


def match(similarity: float) -> str:
    """A similarity in percent, with more digits where one would round to 100."""
    percent = 100 * similarity
    return f"{percent:.1f} % match" if percent < 99.5 else f"{percent:.3f} % match"


def plain(text: str) -> str:
    """Text from the data as Markdown that shows it letter by letter: nothing in it is markup."""
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def found(count: int) -> str:
    """How many articles there are."""
    return "1 article" if count == 1 else f"{count:,} articles"


def not_an_id(article: str) -> str:
    """What is wrong with an article number, and a guess at what was meant."""
    lacks_zero = len(article) == 9 and article.isascii() and article.isdecimal()
    return (IS_IT if lacks_zero else NOT_AN_ID).format(article=article)


def hits(found: int, wanted: int) -> str:
    """How many of the articles bought were in a list."""
    of = "the 1 article" if wanted == 1 else f"the {wanted} articles"
    return f"{found} of {of} bought in the week."


def map_sales(steps: Sequence[int]) -> list[str]:
    """The names of groups of sales that begin at these numbers; the last has no end."""
    names = [f"{first:,}" if end == first + 1 else f"{first:,}–{end - 1:,}" for first, end in pairwise(steps)]
    return [MAP_NEVER_SOLD, *names[1:], f"{steps[-1]:,} and more"]
