"""Operations."""

from __future__ import annotations

OPERATIONS = "Operations"
OPERATIONS_SAYS = (
    "Which model is live and why, whether a new one is better, and whether the data have drifted."
)
COMMAND = "Run {command}"
SIMULATED = (
    "Shoppers are simulated. Everything below comes from a rehearsal in the demo shop: {days} days from {began}, "
    "{visits:,} lists shown, {purchases:,} articles bought by programs. It shows how operations work and says "
    "nothing about real customers."
)
SIMULATED_UNFINISHED = "The rehearsal is still running, or was interrupted. To finish it, run {command}"
SIMULATED_BADGE = "Shoppers are simulated"
LIVE = "Live model"
LIVE_SINCE = "since {at:%-d %b %Y, %H:%M} UTC, by {who} ({action})"
NOTHING_LIVE = "No version is live yet: the service publishes one when it starts."
NO_ALARMS = "No active alarms."
ALARM_SAYS = "{rule} ({severity}), since {at:%-d %b %Y, %H:%M} UTC: {message}"
ALARMS_OVER = "Resolved alarms"
NO_ALARMS_OVER = "No alarm has been resolved yet: python -m stylo.operations watch raises and resolves them."
ALARM_COLUMNS = {
    "at": "Since (UTC)",
    "over_at": "Resolved (UTC)",
    "rule": "Rule",
    "severity": "Severity",
    "message": "What was wrong",
}
VERSIONS = "Version history"
NO_VERSIONS = (
    "There is no version yet: the service publishes the first when it starts, each retraining another."
)
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
NO_GATES = "No gates were evaluated: only a retraining compares a new version with the live one."
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
NO_DAYS = "No shopper’s window has closed yet. The first result appears {days} days after the start."
MINIMUM_EFFECT = "minimum effect {effect}"
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
READ_ONLY = "Read-only. {why} These commands do the same:"
READ_ONLY_HERE = "Without a log-in, only a browser on the machine that serves this page has forms."
READ_ONLY_LOG_IN = "Only people with the role “operate” have forms here."
DEFINE, START, STOP = "Define", "Start", "Stop"
AS_JSON = "Definition, as JSON"
REASONS = {"define": "Why define it?", "start": "Why start it?", "stop": "Why stop it?"}
REASON_HINT = "Recorded with the action"
NO_REASON = "Give a reason: it is recorded, and somebody will ask."
DEFINED = "{name} is defined and {state}."
STARTED = "{name} is running."
STOPPED = "{name} is stopped."
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
NO_QUALITY = "No lists were shown in this period: they appear once the service answers shoppers."
QUALITY_ALT = "Live MAP@12 of each version and variant: {values}."
TOO_FEW = "No version has enough buyers yet: at least twenty are needed."
QUALITY_CHART = "MAP@12 with its 95% interval. The tick marks its backtest."
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

EXPLAIN = "What these numbers mean"
# What each number means, for the heading of its column: shown on hover, and to keyboards and screen readers.
ALARM_HELP = {
    "at": "When the figure first broke its rule, or the fault first occurred.",
    "over_at": "When it was in order again.",
    "severity": "A page calls for somebody now; a ticket can wait until the morning.",
}
DEPLOYMENT_HELP = {
    "at": "From this moment on the version answered shoppers.",
    "previous": "The version that was live before.",
    "action": "publish, activate and rollback make a version live; hold keeps it live until unhold.",
    "who": "A person, or a program: retraining, the start of the service.",
}
LINEAGE_HELP = {"fingerprint": "Equal fingerprints mean equal content."}
RETRAINING_HELP = {"seconds": "Time for all steps together."}
STEP_HELP = {"seconds": "Wall-clock time for this step."}
VARIANT_HELP = {
    "exposed": "Shoppers who were shown this variant at least once.",
    "customers": "Exposed shoppers whose purchases have been counted to the end of the window.",
    "conversion": "Share of shoppers who bought anything within the window.",
    "hit_rate": "Share of shoppers who bought an article after it was shown to them.",
    "revenue": "Spent within the window, per shopper, including those who bought nothing.",
}
CHANGE_HELP = {
    "customers": "Shoppers of this variant and of the control.",
    "control": "Per shopper of the control.",
    "mean": "Per shopper of this variant; revenue is adjusted for what each spent before.",
    "relative": "Difference from the control, as a share of the control: +10% means a tenth more.",
    "always_low": "Lower end of the 95% interval. It holds however often you look.",
    "always_high": "Upper end of the 95% interval. It holds however often you look.",
    "progress": "How much is known, compared with what the planned number of shoppers would give.",
}
WEEK_HELP = {
    "distance": "How far the week differs from the eight before: 0 means not at all.",
    "threshold": "A larger distance is an alarm. It is set so that ordinary weeks rarely reach it.",
}
QUALITY_HELP = {
    "lists": "One per shopper, day, version and variant: the first of the day.",
    "buyers": "Lists whose shopper bought anything within the window.",
    "hit_rate": "Share of buyers who bought at least one article of their list.",
    "hit_rate_low": "Lower end of the 95% interval of the hit rate.",
    "hit_rate_high": "Upper end of the 95% interval of the hit rate.",
    "map12": "1 means every list began with exactly what was bought; 0 means nothing on any list was bought.",
    "map12_low": "Lower end of the 95% interval of MAP@12.",
    "map12_high": "Upper end of the 95% interval of MAP@12.",
    "expected": "MAP@12 of this version in the backtest of its retraining; empty if it was not retrained.",
    "expected_low": "Lower end of the backtest’s 95% interval.",
    "expected_high": "Upper end of the backtest’s 95% interval.",
    "p99": "99 of 100 answers took at most so many milliseconds.",
    "degraded": "Share of answers that lacked something: recent purchases, or the model itself.",
    "cold": "Share of shown articles that had never been sold.",
}
