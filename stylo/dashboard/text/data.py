"""Data."""

from __future__ import annotations

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
