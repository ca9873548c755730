"""The Rules page."""

RULES = "Rules"
RULES_SAY = (
    "Merchandising rules decide what is pinned, raised, lowered, left out, capped and mixed in every list: "
    "in the API, in the batch and here."
)
NO_RULES = "No rules are live: every list is the model’s own."
LIVE_RULES = "Live: version {version}, set by {who} on {at:%-d %B %Y at %H:%M} UTC. Reason: {reason}"
THE_FILE = "The file"
TRY_RULES = "Before and after"
TRY_RULES_SAYS = (
    "The twelve articles of a shopper without the rules, and with those of the file as it stands above."
)
TRY_SHOPPER = "Shopper"
TRY_SHOPPER_HINT = "A customer id: 64 characters 0–9 a–f"
PREVIEW_COLUMNS = {
    "place": "Place",
    "before": "Before",
    "after": "After",
    "moved": "Moved",
    "rules": "What the rules did",
}
CAME = "new"
WAS = "was {place}"
MOVED_DOWN = "Others moved before it."
LEFT_OUT = "No longer in the list"
LEFT_OUT_LINE = "{name}: {why}"
IN_FORCE = "Rules for this shopper: {rules}."
IN_FORCE_NONE = "No rule holds for this shopper today."
CHECK_RULES = "Check"
SET_RULES = "Set live"
ROLL_BACK_RULES = "Roll back"
RULES_REASON = "Reason"
RULES_CAN_BE_USED = "The file can be used: {rules} rules."
RULES_ARE_LIVE = "Rules {version} are live."
RULES_HISTORY = "History"
RULES_HISTORY_COLUMNS = {
    "at": "Since (UTC)",
    "version": "Version",
    "action": "By",
    "who": "Who",
    "reason": "Reason",
}
RULES_COMMANDS = "You can look here. Whoever may operate sets rules here, or by command:"
