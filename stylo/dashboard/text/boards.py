"""Boards and tags, and what the tray says of them."""

from __future__ import annotations

from collections.abc import Sequence

from stylo.dashboard.text.discover import found

BOARDS = "Boards"
BOARDS_SAY = "Collect articles, add notes and share the link. Everyone here sees all boards and tags."
NO_BOARDS = "No boards yet. Name one here, or select articles in any list and choose “Add to board”."
BOARD_TAB = "{name} – board"
BOARD = "Board"
NEW_BOARD = "New board"
NEW_BOARD_HINT = "Name, for example “Summer window”"
MAKE_BOARD = "Create board"
ADD = "Add"
OPEN_BOARD = "Open “{name}”"
ADD_TO_BOARD = "Add to board"
ADD_TAG = "Tag"
TAG = "Tag"
TAG_HINT = "One word or a few, for example “hero piece”"
TAGS = "Tags"
TAG_TAB = "{tag} – tag"
TAG_LABEL = "{tag} ({count:,})"
ON_BOARD = "Articles on this board"
WITH_TAG = "Articles with this tag"
ALL_BOARDS = "All boards"
BOARD_SAYS = "{articles} · last edited by {who}, {at:%-d %B %Y at %H:%M} UTC"
BOARD_LISTED = "{articles} · edited {at:%-d %B %Y}"
EMPTY_BOARD = (
    "This board is empty. Select articles in any list, then choose “Add to board” in the bar at the bottom."
)
NO_SUCH_TAG = "No article has the tag “{tag}”."
GONE = (
    "{count} articles on this board are no longer in the catalogue: {ids}. "
    "They stay on the board until you remove them."
)
GONE_ONE = "An article on this board is no longer in the catalogue: {ids}. It stays on the board until you remove it."
REMOVE_GONE = "Remove from board"
EDIT = "Edit"
BOARD_NAME = "Name"
BOARD_NOTES = "Notes"
SAVE = "Save"
SAVED = "Saved."
BOARD_MADE = "Created “{name}”."
EDITED_SINCE = "{who} changed the name or notes at {at:%H:%M} UTC, after you opened this form."
DELETE = "Delete"
DELETE_ASKS = "Delete this board for everyone? You can undo this until you leave."
DELETE_BOARD = "Delete board"
DELETED = "“{name}” was deleted."
UNDO = "Undo"
RESTORED = "“{name}” is back."
REMOVE_SELECTED = "Remove selected ({count:,})"
MORE_LIKE = "More like this board"
MORE_LIKE_SAYS = "Close to the board’s articles in look or in style; those close to several come first."
NOTHING_LIKE = "Nothing similar found: no article here has a photo or description to compare."
UNTAG_SELECTED = "Remove tag from selected ({count:,})"
SELECTION = "selection"
SOMEONE = "Someone"


def added(new: int, all_of_them: int, board: str) -> str:
    """What came of adding articles to a board."""
    words = f"Added {found(new)} to “{board}”."
    return words if new == all_of_them else f"{words} {all_of_them - new:,} already there."


def some_of(words: Sequence[str], most: int = 6) -> str:
    """Words in a row; of many the first."""
    more = len(words) - most
    return ", ".join(words[:most]) + (f" and {more:,} more" if more > 0 else "")


def removed(count: int) -> str:
    return f"Removed {found(count)}."


def tagged(count: int, tag: str) -> str:
    return f"Tagged {found(count)} “{tag}”."
