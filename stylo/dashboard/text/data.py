"""Data."""

from __future__ import annotations

DATA = "Data"
DATA_FOLDER = "Contents of {folder}"
ALL_WELL = "Everything is up to date: {count} files."
TO_DO = (
    "{count} of {all} files are missing, damaged or out of date. To fix them, run these "
    "commands in this order:"
)
STATES = {
    "up to date": "✓ up to date",
    "out of date": "↻ out of date",
    "missing": "– missing",
    "damaged": "✕ damaged",
    "not asked for": "not requested",
}
ARTICLES, CUSTOMERS, TRANSACTIONS = "Articles", "Customers", "Transactions"
FIRST_SALE, LAST_SALE, CUTOFF = "First sale", "Last sale", "Cutoff"
PHOTOS = "Photos"
DATA_HELP = {
    ARTICLES: "Articles in the catalogue, sold or not.",
    CUSTOMERS: "Registered customers, whether or not they have bought anything.",
    TRANSACTIONS: "Pieces sold: two of the same article on one receipt count twice.",
    FIRST_SALE: "Day of the earliest sale in the data.",
    LAST_SALE: "Day of the latest sale in the data. “Now” on the Shopper page is the day after it.",
    CUTOFF: "Models see the data before this day and predict what is bought from this day on.",
    PHOTOS: "Articles with a photo or its thumbnail. Those without one are recommended by text and sales alone.",
}
ARTEFACTS = "Files"
ARTEFACTS_SAYS = (
    "The tables, vectors and models of this shop, in the order in which they are made. “From” and “To” are days of "
    "sales or cutoffs."
)
STATES_HELP = """
- **Up to date**: complete, and made from the files that are here now.
- **Out of date**: one of the files it was made from has changed since.
- **Damaged**: incomplete or unreadable.
- **Not requested**: made only if a command is asked to.
"""
ENTRY_COLUMNS = {
    "name": "File",
    "state": "State",
    "rows": "Rows",
    "bytes": "Size",
    "first": "From",
    "last": "To",
    "made_at": "Made (UTC)",
    "made_by": "Made by",
}
ORIGINS = "What each file was made from"
ORIGIN_COLUMNS = {
    "name": "File",
    "inputs": "Made from",
    "parameters": "Parameters",
    "version": "Version",
    "reason": "What is wrong",
    "command": "Command",
}
RUNS = "Last run of each script"
RUNS_SAYS = "How long each script took and how much memory it needed, as it reported when it finished."
NO_RUNS = "No script has reported a run in this folder yet."
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
FIDELITY = "How close this demo shop is to H&M"
FIDELITY_SAYS = "{near} of {count} figures are within 30% of the real ones."
FIDELITY_FAR = "Outside: {far}."
NO_FIDELITY = "Not measured yet. In the folder that holds the shop’s CSVs, run:"
FIDELITY_COLUMNS = {
    "figure": "Figure",
    "generated": "Generated",
    "real": "Real",
    "ratio": "Ratio",
    "near": "Within 30%",
}
