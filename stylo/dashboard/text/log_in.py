"""Log-in and roles."""

from __future__ import annotations

LOG_IN, LOG_IN_WITH, LOG_OUT = "Log in", "Log in with {provider}", "Log out"
LOG_IN_FIRST = "Log in to continue"
LOG_IN_TO_LOOK = "This dashboard is open to people on its list."
LOG_IN_TO_OPERATE = "You can look at everything here. Log in to define, start and stop experiments."
NOT_ADMITTED = (
    "You are logged in as {who}, who is not on this dashboard’s list. Ask whoever runs it to add you."
)
LOGGED_IN = "Logged in as {who}"
NO_LOG_IN = "Logging in does not work: {problem} Tell whoever runs this dashboard."
EXPIRED = "Your log-in has expired. Log in again to go on; anything you have typed is kept when you press its button."
KEPT = (
    "Not done: your log-in has expired. What you typed is kept. Log in again above and come back to this page; it "
    "will be in the form."
)
FORM_RESTORED = (
    "What you typed before your log-in expired is back in the form below. Nothing has been recorded yet."
)
NOT_ALLOWED = "Not done: you may look at this dashboard, but not operate it."
BY_PAGE = "dashboard, on its own machine"
SOMEBODY = "somebody without a log-in"
